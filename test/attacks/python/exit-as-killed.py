# attack: ends with the code of a process that was killed
# outcome: error
import os


def solve(x):
    os._exit(137)
