# attack: returns what is computed when it is read, and never ends
# outcome: malformed
def solve(x):
    return (number for number in iter(int, 1))
