# attack: writes into the memory of the process that judges
# outcome: ok
# output: []
import os


def solve(x):
    reached = []
    for pid in {1, os.getppid() if hasattr(os, "getppid") else 1}:
        for name in ("mem", "environ", "fd/0", "root/etc", "cwd", "maps"):
            path = f"/proc/{pid}/{name}"
            for mode in ("rb", "r+b"):
                try:
                    open(path, mode).close()
                    reached.append(path)
                except OSError:
                    pass
            try:
                os.listdir(path)
                reached.append(path)
            except OSError:
                pass
    return reached
