# attack: raises what rewrites the judge's terminal
# outcome: error
# detail: Exception: red0m (line 8)


def solve(x):
    # A title, a colour, a control character of eight bits, and text from right to left.
    raise Exception("\x1b]0;owned\x07\x1b[31mred\x9b0m\u202e\r")
