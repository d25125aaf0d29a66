# attack: waits at standard input
# outcome: ok
# output: ""
import sys


def solve(x):
    return sys.stdin.read()
