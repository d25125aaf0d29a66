# attack: signals other processes
# outcome: error
import os


def solve(x):
    os.kill(os.getppid(), 9)
