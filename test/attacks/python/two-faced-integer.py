# attack: returns a number that prints as another
# outcome: ok
# output: 1
class Two(int):
    def __repr__(self):
        return '42'

    __str__ = __repr__


def solve(x):
    return Two(1)
