# attack: returns an integer that judges would round
# outcome: malformed
def solve(x):
    return 2**63 + 1
