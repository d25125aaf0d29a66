# attack: runs a command
# outcome: error
import os


def solve(x):
    return os.system('id')
