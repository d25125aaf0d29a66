# attack: returns a list that grows while it is read
# outcome: fuel-limit
# native.outcome: memory-limit
class Growing(list):
    def __iter__(self):
        while True:
            yield 1


def solve(x):
    return Growing([1])
