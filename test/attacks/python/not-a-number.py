# attack: returns NaN, which no two parsers read alike
# outcome: malformed
def solve(x):
    return float('nan')
