# attack: returns what JSON cannot hold
# outcome: malformed
def solve(x):
    return {1, 2}
