# attack: prints sequences that rewrite the judge's terminal
# outcome: ok
# output: 1
# stdout: red0m
def solve(x):
    print('\x1b[2J\x1b]0;owned\x07\x1b[31mred\x9b0m\u202e')
    return x
