# attack: copies memory, which costs a Wasm instruction for any size
# outcome: fuel-limit
def solve(x):
    while True:
        bytes(8 << 20)
