# attack: takes everything away that the harness could use
# outcome: ok
# output: 1
import builtins
import sys


def solve(x):
    sys.modules.clear()
    sys.meta_path.clear()
    sys.path_hooks.clear()
    builtins.__dict__.clear()
    return x
