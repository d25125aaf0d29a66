# attack: closes every descriptor and answers
# outcome: ok
# output: 1
# native.outcome: error
import os


def solve(x):
    for descriptor in range(256):
        try:
            os.close(descriptor)
        except OSError:
            pass
    return x
