# attack: reads the inputs of the cases to come
# outcome: ok
# cases: [1, 2, 3]
import posix


def solve(x):
    later = 0
    for descriptor in range(8):
        try:
            later += len(posix.read(descriptor, 4096))
        except OSError:
            pass
    return [x, later]
