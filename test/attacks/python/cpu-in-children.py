# attack: burns the judge's CPU in other processes while it sleeps itself
# outcome: error
# native.outcome: cpu-limit
import os
import time


def solve(x):
    for _ in range(4):
        if os.fork() == 0:
            os.setsid()
            while True:
                pass
    time.sleep(60)
