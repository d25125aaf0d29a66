# attack: hides an infinity deep in its answer
# outcome: malformed
def solve(x):
    return {'a': [1, {'b': float('-inf')}]}
