# attack: returns a mapping that differs each time it is read
# outcome: malformed
class Shifting(dict):
    def items(self):
        return [('a', 1), ('a', 2)]


def solve(x):
    return Shifting(a=1)
