# attack: fills the memory with frames once the interpreter's own limit is off
# outcome: fuel-limit
import sys

sys.setrecursionlimit(10**9)


def solve(x):
    return solve(x)
