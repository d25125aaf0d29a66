# attack: reads the judge's environment
# outcome: error
# native.outcome: ok
# native.output: "PYTHONHASHSEED=1\u0000PYTHONUTF8=1\u0000"
# process.outcome: error
def solve(x):
    return open('/proc/self/environ').read()
