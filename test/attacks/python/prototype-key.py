# attack: returns a key that pollutes objects in JavaScript
# outcome: malformed
def solve(x):
    return {'__proto__': {'admin': True}}
