# attack: signals other processes, above all those in its own group
# outcome: error
# native.outcome: ok
import os
import time


def solve(x):
    os.kill(os.getppid(), 9)
    time.sleep(0.3)  # for whoever was hit to end
