# attack: returns a fraction that prints as another
# outcome: ok
# output: 0.5
class Two(float):
    def __repr__(self):
        return "1e999"

    __str__ = __repr__


def solve(x):
    return Two(0.5)
