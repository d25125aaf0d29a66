# attack: refuses whatever the interpreter is about to do
# outcome: ok
# output: 1
import sys


def refuse(event, arguments):
    raise RuntimeError(event)


def solve(x):
    sys.addaudithook(refuse)
    return x
