# attack: burns the judge's CPU
# outcome: fuel-limit
def solve(x):
    while True:
        pass
