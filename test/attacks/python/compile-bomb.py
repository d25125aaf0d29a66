# attack: is quick to send and slow to compile
# outcome: memory-limit
def solve(x):
    return eval('(' * 150 + '1' + ')' * 150 + '+' + '-' * 10_000 + '1')
