# attack: fails with a TypeError, hoping to be called again
# outcome: error
# stdout: called
def solve(x):
    print('called')
    raise TypeError('not the number of arguments')
