# attack: computes an integer too large to finish
# outcome: fuel-limit
def solve(x):
    return (7 ** (10 ** 7)) % 10
