# attack: overflows the stack in C code
# outcome: error
import sys

sys.setrecursionlimit(10**9)


def solve(x):
    nested = []
    for _ in range(200_000):
        nested = [nested]
    return repr(nested)
