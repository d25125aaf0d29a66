# attack: runs a command
# outcome: error
# docker.outcome: ok
import os


def solve(x):
    return os.system('id')
