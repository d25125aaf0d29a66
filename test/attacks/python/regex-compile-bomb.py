# attack: has expressions compiled without end
# outcome: fuel-limit
import re


def solve(x):
    while True:
        x += 1
        re.compile(f"(?:(?:a|b{x}|[c-z])*?d){{1,9}}" * 20)
