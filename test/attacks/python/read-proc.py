# attack: reads the judge's environment
# outcome: error
# docker.outcome: ok
# docker.output: "PYTHONHASHSEED=1\u0000PYTHONUTF8=1\u0000"
def solve(x):
    return open('/proc/self/environ').read()
