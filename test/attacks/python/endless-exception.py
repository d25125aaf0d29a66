# attack: raises an exception whose text never ends
# outcome: fuel-limit
class Long(Exception):
    def __str__(self):
        while True:
            pass


def solve(x):
    raise Long()
