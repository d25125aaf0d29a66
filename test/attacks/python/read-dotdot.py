# attack: climbs out of its folder
# outcome: error
def solve(x):
    return open('../' * 20 + 'etc/passwd').read()
