# attack: holds a slot without using CPU
# outcome: timeout
import time


def solve(x):
    time.sleep(1_000_000)
