# attack: calls the host's C library
# outcome: error
# native.outcome: ok
import ctypes


def solve(x):
    return ctypes.CDLL(None).getpid()
