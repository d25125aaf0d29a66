# attack: returns an integer too long to print
# outcome: malformed
def solve(x):
    return 10**10_000
