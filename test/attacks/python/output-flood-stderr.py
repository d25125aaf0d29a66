# attack: floods standard error
# outcome: output-limit
import sys


def solve(x):
    while True:
        sys.stderr.write('x' * 1000)
