# attack: puts other things in the place of its descriptors
# outcome: error
import os


def solve(x):
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in range(8):
        if descriptor != null:
            os.dup2(null, descriptor)
    return x
