# attack: waits for input that never comes
# outcome: error
# native.outcome: ok
import select


def solve(x):
    select.select([0], [], [])
