# attack: floods standard output from another process
# outcome: error
# native.outcome: output-limit
import os
import time


def solve(x):
    if os.fork() == 0:
        os.setsid()
        while True:
            os.write(1, b"x" * 4096)
    time.sleep(60)
