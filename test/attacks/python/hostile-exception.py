# attack: raises an exception that cannot be printed
# outcome: error
class Mute(Exception):
    def __str__(self):
        raise Mute()


def solve(x):
    raise Mute()
