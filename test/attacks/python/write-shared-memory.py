# attack: leaves a file in shared memory
# outcome: error
def solve(x):
    open('/dev/shm/left-behind', 'w').write('x')
