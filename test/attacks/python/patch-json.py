# attack: replaces the encoder
# outcome: ok
# output: 1
import json
import json.encoder

json.dumps = json.encoder.JSONEncoder.encode = lambda *rest, **more: '"forged"'


def solve(x):
    return x
