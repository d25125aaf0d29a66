# attack: reads the judge's environment
# outcome: error
def solve(x):
    return open('/proc/self/environ').read()
