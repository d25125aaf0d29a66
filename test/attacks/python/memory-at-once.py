# attack: asks for more memory than there is
# outcome: memory-limit
def solve(x):
    return len(bytearray(1 << 30))
