# attack: makes the host produce randomness without end
# outcome: fuel-limit
import os


def solve(x):
    while True:
        os.urandom(1 << 20)
