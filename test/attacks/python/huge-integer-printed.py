# attack: returns an integer that takes for ever to print
# outcome: fuel-limit
import sys

sys.set_int_max_str_digits(0)


def solve(x):
    return 1 << 20_000_000
