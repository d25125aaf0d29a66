# attack: takes memory that no limit of a single process counts
# outcome: error
# native.outcome: memory-limit
import mmap


def solve(x):
    held = []
    while True:
        shared = mmap.mmap(-1, 16 << 20)
        for page in range(0, 16 << 20, 4096):
            shared[page] = 1
        held.append(shared)
