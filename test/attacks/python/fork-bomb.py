# attack: starts processes
# outcome: error
# native.outcome: process-limit
import os


def solve(x):
    while True:
        os.fork()
