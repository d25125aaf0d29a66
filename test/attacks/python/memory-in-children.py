# attack: takes memory in several processes, each within its limit
# outcome: error
# native.outcome: memory-limit
import os
import time


def solve(x):
    for _ in range(5):
        if os.fork() == 0:
            held = bytearray(b"x") * (48 << 20)
            time.sleep(60)
            os._exit(len(held))
    while True:
        if os.wait()[1] != 0:
            os._exit(1)
