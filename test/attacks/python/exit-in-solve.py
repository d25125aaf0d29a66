# attack: ends the interpreter as if all were well
# outcome: error
import sys


def solve(x):
    sys.exit(0)
