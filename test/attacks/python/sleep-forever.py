# attack: holds a slot without using CPU
# outcome: timeout
# limits: {"wallMs":1000}
import time


def solve(x):
    time.sleep(1_000_000)
