# attack: crashes its process
# outcome: error
import os


def solve(x):
    os.abort()
