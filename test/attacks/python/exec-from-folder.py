# attack: runs a program that it has written
# outcome: error
import os
import shutil
import sys


def solve(x):
    shutil.copy(os.__file__, "/tmp/copied")
    with open("/tmp/program", "w") as file:
        file.write(f"#!{sys.executable}\nprint('ran')\n")
    os.chmod("/tmp/program", 0o755)
    os.execv("/tmp/program", ["program"])
