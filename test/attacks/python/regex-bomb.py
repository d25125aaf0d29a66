# attack: backtracks without end in C code
# outcome: fuel-limit
import re


def solve(x):
    return bool(re.match('(a+)+$', 'a' * 40 + 'b'))
