# attack: makes files without end
# outcome: error
# native.outcome: disk-limit
# process.outcome: cpu-limit
def solve(x):
    for number in range(1_000_000):
        open(f"/tmp/{number}", "w").close()
