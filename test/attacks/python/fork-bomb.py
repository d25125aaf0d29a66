# attack: starts processes
# outcome: error
import os


def solve(x):
    while True:
        os.fork()
