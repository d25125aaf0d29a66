# attack: returns a value that contains itself
# outcome: malformed
def solve(x):
    endless = []
    endless.append(endless)
    return endless
