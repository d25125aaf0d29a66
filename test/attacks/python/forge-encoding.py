# attack: answers in bytes that are no text
# outcome: malformed
import posix
import sys


def nonce():
    """The harness is in reach: that buys the submission its own answer and nothing else."""
    frame = sys._getframe()
    while frame is not None:
        found = frame.f_locals.get("nonce")
        if isinstance(found, bytes):
            return found
        frame = frame.f_back


def solve(x):
    posix.write(0, nonce() + b"V" + b'"\xff\xfe"')
