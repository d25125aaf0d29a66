"""What a client's script tells the test that started it: one line of JSON a step, and the steps go on after a failure."""

import json
import os
import sys
import traceback
import urllib.request

given = json.load(sys.stdin)
# The packages print what they like; standard output is ours alone.
_out = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


class step:
    """`with step("transfer") as said: said(before=1, after=2)`: whatever is raised inside is told, not raised."""

    def __init__(self, name):
        self.name = name
        self.answer = {}

    def __enter__(self):
        return lambda **answer: self.answer.update(answer)

    def __exit__(self, kind, error, trace):
        line = {"step": self.name, "answer": self.answer}
        if kind is not None:
            line["error"] = "".join(traceback.format_exception(kind, error, trace))[-3000:]
        _out.write(json.dumps(line, default=str) + "\n")
        return kind is None or issubclass(kind, Exception)


def devnet(method, *params):
    """One of the devnet's own methods, such as `devnet_advance`, over HTTP."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
    request = urllib.request.Request(
        given["url"].replace("ws://", "http://"), body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["result"]
