# attack: loads its own files again and again until memory is full
# outcome: memory-limit
# files: {"other.py":"held = bytearray(1 << 20)"}
import importlib
import sys

held = []


def solve(x):
    while True:
        sys.modules.pop("other", None)
        held.append(importlib.import_module("other"))
