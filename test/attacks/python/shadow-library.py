# attack: brings modules along that are named like the harness' own
# outcome: ok
# output: ["1","posix"]
# files: {"json.py":"def dumps(value): return 'forged'","posix.py":"raise SystemExit(0)","_json.py":"raise SystemExit(0)","builtins.py":"raise SystemExit(0)","sitecustomize.py":"raise SystemExit(0)","encodings/utf_8.py":"raise SystemExit(0)"}
import json
import os


def solve(x):
    return [json.dumps(x), os.name]
