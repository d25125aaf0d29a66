# attack: signals other processes
# outcome: error
# native.outcome: ok
import os


def solve(x):
    os.kill(os.getppid(), 9)
