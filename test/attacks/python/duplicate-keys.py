# attack: returns an object with one key twice
# outcome: malformed
def solve(x):
    return {1: 'first', '1': 'second'}
