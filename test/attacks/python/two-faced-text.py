# attack: returns a text that prints as another
# outcome: ok
# output: "mine"
class Two(str):
    def __str__(self):
        return 'forged'

    def encode(self, *rest):
        return b'"forged"'


def solve(x):
    return Two('mine')
