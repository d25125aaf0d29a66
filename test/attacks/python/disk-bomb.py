# attack: fills the disk
# outcome: error
# native.outcome: disk-limit
def solve(x):
    with open("/tmp/large", "wb") as file:
        while True:
            file.write(bytes(1 << 16))
            file.flush()
