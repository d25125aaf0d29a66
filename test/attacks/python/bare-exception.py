# attack: raises what `except Exception` misses
# outcome: error
class Escape(BaseException):
    pass


def solve(x):
    raise Escape()
