# attack: leaves its group, its session and its parent, closes everything, and waits to be forgotten
# outcome: error
# native.outcome: timeout
# limits: {"wallMs":2000}
import os
import time


def solve(x):
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() != 0:
                os._exit(0)
            for descriptor in range(8):
                try:
                    os.close(descriptor)
                except OSError:
                    pass
            while True:
                time.sleep(1)
    while True:
        time.sleep(1)
