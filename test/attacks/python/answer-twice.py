# attack: answers again when it knows better
# outcome: ok
# output: "first"
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
    deliver()(b"V" + b'"first"')
    deliver()(b"V" + b'"second"')
    return "third"
