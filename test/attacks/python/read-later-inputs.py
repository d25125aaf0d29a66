# attack: reads the inputs of the cases to come
# outcome: ok
# cases: [1, 2, 3]
# each: [0]
import os
import posix


def solve(x):
    later = 0
    for descriptor in range(8):
        try:
            os.set_blocking(descriptor, False)
            later += len(posix.read(descriptor, 4096))
        except (AttributeError, OSError):
            pass
    return [x, later]
