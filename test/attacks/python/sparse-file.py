# attack: makes a file of a thousand GiB that takes no room until it is read
# outcome: error
# native.outcome: memory-limit
import os


def solve(x):
    with open("/tmp/sparse", "wb+") as file:
        os.truncate(file.fileno(), 1 << 40)
        return len(file.read())
