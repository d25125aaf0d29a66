# attack: returns keys that differ each time they are compared
# outcome: malformed
class Key(str):
    def __eq__(self, other):
        return False

    def __hash__(self):
        return id(self)


def solve(x):
    return {Key("a"): 1, Key("a"): 2}
