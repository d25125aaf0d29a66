# attack: takes all of the disk at once
# outcome: error
# native.outcome: disk-limit
import os


def solve(x):
    with open("/tmp/large", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 1 << 40)
