# attack: runs a command
# outcome: error
# native.outcome: ok
import os


def solve(x):
    return os.system('id')
