# attack: lists the host's files
# outcome: error
# native.outcome: ok
import os


def solve(x):
    return [name for name in os.listdir('/') if name not in ('usr',)]
