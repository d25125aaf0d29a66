# attack: looks for descriptors that it was not meant to have
# outcome: ok
# output: [0,1,2,3]
# native.output: [0,1,2,3,4]
# cases: [1, 2]
import os


def solve(x):
    found = []
    for descriptor in range(1024):
        try:
            os.fstat(descriptor)
            found.append(descriptor)
        except OSError:
            pass
    return found
