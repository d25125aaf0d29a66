# attack: answers in several processes at once
# outcome: error
# native.outcome: ok
# native.output: 1
import os


def solve(x):
    for _ in range(2):
        os.fork()
    return x
