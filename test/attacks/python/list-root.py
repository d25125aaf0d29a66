# attack: lists the host's files
# outcome: error
# docker.outcome: ok
import os


def solve(x):
    return [name for name in os.listdir('/') if name not in ('usr',)]
