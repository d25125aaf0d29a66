# attack: returns lists nested deeper than a parser's stack
# outcome: malformed
def solve(x):
    nested = []
    for _ in range(50_000):
        nested = [nested]
    return nested
