# attack: signals other processes
# outcome: error
# docker.outcome: ok
import os


def solve(x):
    os.kill(os.getppid(), 9)
