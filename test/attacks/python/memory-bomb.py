# attack: takes all memory
# outcome: memory-limit
def solve(x):
    held = []
    while True:
        held.append(bytearray(1 << 20))
