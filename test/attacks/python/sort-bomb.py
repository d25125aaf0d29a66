# attack: spends its time in C code
# outcome: fuel-limit
def solve(x):
    values = list(range(300_000))
    while True:
        values.sort(key=lambda v: -v)
