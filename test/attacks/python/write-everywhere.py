# attack: writes beside the only place where it may
# outcome: ok
# output: []
import os

PLACES = ("/", "/dev", "/usr", "/usr/lib", "/etc", "/run", "/var", "/home", "/root", "/proc", "/sys", "/orrery")


def solve(x):
    wrote = []
    for place in PLACES:
        try:
            with open(os.path.join(place, "left-behind"), "w") as file:
                file.write("x")
            wrote.append(place)
        except OSError:
            pass
    return wrote
