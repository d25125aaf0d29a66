# attack: runs on after it has answered
# outcome: ok
# output: 1
class Late:
    def __del__(self):
        while True:
            pass


late = Late()


def solve(x):
    return x
