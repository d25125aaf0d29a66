# attack: reads secrets from the environment
# outcome: ok
# output: ["PYTHONHASHSEED","PYTHONUTF8"]
# process.output: ["PWD","PYTHONCOERCECLOCALE","PYTHONHASHSEED","PYTHONUTF8"]
import os


def solve(x):
    return sorted(os.environ)
