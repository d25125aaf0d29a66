# attack: imports files that import each other for ever
# outcome: ok
# output: 1
# files: {"other.py":"import attack, third","third.py":"import importlib, other\nimportlib.reload(other)"}
import other


def solve(x):
    return x
