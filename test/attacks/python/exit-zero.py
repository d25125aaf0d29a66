# attack: ends its process as if all were well
# outcome: error
import os


def solve(x):
    os._exit(0)
