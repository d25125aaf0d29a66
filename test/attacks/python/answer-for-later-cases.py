# attack: answers all cases in the first one
# outcome: ok
# cases: [1, 2, 3]
# each: ["mine"]
import sys


def deliver():
    """The harness is in reach: that buys the submission its own answer and nothing else."""
    frame = sys._getframe()
    while frame is not None:
        found = frame.f_locals.get("deliver")
        if found is not None:
            return found
        frame = frame.f_back


def solve(x):
    send = deliver()
    for number in range(x, 4):
        send(b'V[%d,"mine"]' % number)
