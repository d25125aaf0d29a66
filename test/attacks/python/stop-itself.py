# attack: stops in a way that only others can end
# outcome: error
# native.outcome: timeout
# limits: {"wallMs":1000}
import os
import signal
import time


def solve(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(60)  # the first process of a namespace cannot be stopped from within
