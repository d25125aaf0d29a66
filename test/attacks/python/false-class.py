# attack: returns what says that it is a dictionary
# outcome: malformed
class Pretender:
    __class__ = property(lambda self: dict)

    def items(self):
        return [("outcome", "ok")]


def solve(x):
    return Pretender()
