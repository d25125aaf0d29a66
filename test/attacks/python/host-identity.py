# attack: learns on which host it runs, to behave differently for each judge
# outcome: ok
# output: ["(none)","wasi",["attack.py"]]
# native.output: ["isolate","linux",["attack.py"]]
import os
import platform
import sys


def solve(x):
    return [platform.node(), sys.platform, sys.argv]
