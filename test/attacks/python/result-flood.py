# attack: returns more than may be returned
# outcome: output-limit
def solve(x):
    return 'x' * 1_000_000
