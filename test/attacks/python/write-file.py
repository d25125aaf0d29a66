# attack: leaves a file behind
# outcome: error
def solve(x):
    open('/tmp/left-behind', 'w').write('x')
