# attack: returns a value that equals every expected answer
# outcome: malformed
class Always:
    def __eq__(self, other):
        return True


def solve(x):
    return Always()
