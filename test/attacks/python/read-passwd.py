# attack: reads the host's files
# outcome: error
def solve(x):
    return open('/etc/passwd').read()
