# attack: is no Python
# outcome: error
def solve(x:
    return x
