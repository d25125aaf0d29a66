# attack: replaces the streams that are flushed before the answer
# outcome: ok
# output: 1
import sys


class Stuck:
    def flush(self):
        while True:
            pass


sys.stdout = sys.stderr = Stuck()


def solve(x):
    return x
