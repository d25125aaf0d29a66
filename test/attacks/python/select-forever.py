# attack: waits for input that never comes
# outcome: error
# docker.outcome: ok
import select


def solve(x):
    select.select([0], [], [])
