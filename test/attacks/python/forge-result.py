# attack: takes the harness' secret and answers in its place
# outcome: ok
# output: "its own answer"
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
    deliver()(b"V" + b'"its own answer"')
    while True:
        pass
