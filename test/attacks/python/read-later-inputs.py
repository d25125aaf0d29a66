# attack: reads the inputs of the cases to come
# outcome: ok
# cases: [1, 2, 3]
import posix


def solve(x):
    later = [posix.read(0, 4096), posix.read(1, 4096)]
    return [x, sum(map(len, later))]
