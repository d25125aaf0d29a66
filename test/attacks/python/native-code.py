# attack: calls the host's C library
# outcome: error
import ctypes


def solve(x):
    return ctypes.CDLL(None).getpid()
