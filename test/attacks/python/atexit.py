# attack: changes things after it was judged
# outcome: ok
# output: 1
# stdout: 
import atexit
import posix

atexit.register(lambda: posix.write(1, b'late'))


def solve(x):
    return x
