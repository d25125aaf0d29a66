# attack: waits for input that never comes
# outcome: error
import select


def solve(x):
    select.select([0], [], [])
