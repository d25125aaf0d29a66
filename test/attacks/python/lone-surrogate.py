# attack: returns text that is no Unicode
# outcome: malformed
def solve(x):
    return '\ud800'
