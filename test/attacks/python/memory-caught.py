# attack: carries on after the memory limit
# outcome: ok
# output: "small"
def solve(x):
    try:
        bytearray(1 << 30)
    except MemoryError:
        return 'small'
