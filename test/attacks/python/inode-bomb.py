# attack: makes files without end
# outcome: error
# docker.outcome: disk-limit
def solve(x):
    for number in range(1_000_000):
        open(f"/tmp/{number}", "w").close()
