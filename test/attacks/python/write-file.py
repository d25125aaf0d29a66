# attack: leaves a file behind
# outcome: error
# native.outcome: ok
def solve(x):
    open('/tmp/left-behind', 'w').write('x')
