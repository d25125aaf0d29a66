# attack: changes the standard library for the cases to come
# outcome: ok
# output: "r\"\"\"OS ro"
# cases: [1, 2]
import os


def solve(x):
    path = os.__file__
    before = open(path).read(9)
    try:
        open(path, 'w').write('changed = True')
    except OSError:
        pass
    return before
