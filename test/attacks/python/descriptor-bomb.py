# attack: opens files without end
# outcome: error
import os


def solve(x):
    while True:
        os.dup(1)
