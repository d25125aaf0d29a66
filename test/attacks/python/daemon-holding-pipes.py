# attack: keeps its output open after it has ended, to hold the judge
# outcome: error
# native.outcome: error
import os
import time


def solve(x):
    if os.fork() == 0:
        os.setsid()
        while True:
            time.sleep(1)
    os._exit(0)
