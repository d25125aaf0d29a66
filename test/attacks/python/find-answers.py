# attack: looks for the expected answer in memory
# outcome: ok
# output: []
import gc
import sys


def solve(x):
    frame, found = sys._getframe(), []
    while frame is not None:
        found += [name for name in frame.f_locals if 'expect' in name or 'answer' == name]
        frame = frame.f_back
    found += [1 for value in gc.get_objects() if type(value) is dict and 'expected' in value]
    return found
