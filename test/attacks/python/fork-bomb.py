# attack: starts processes
# outcome: error
# docker.outcome: process-limit
import os


def solve(x):
    while True:
        os.fork()
