# attack: becomes another program that inherits its descriptors
# outcome: error
# stdout: 
import os
import sys

PROGRAM = """
import os
for descriptor in range(16):
    try:
        os.write(descriptor, b'                V"forged"')
    except OSError:
        pass
"""


def solve(x):
    os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
    os.set_inheritable(4, True)
    os.execv(sys.executable, [sys.executable, "-c", PROGRAM])
