# attack: overflows the interpreter's stack
# outcome: error
def solve(x):
    return solve(x)
