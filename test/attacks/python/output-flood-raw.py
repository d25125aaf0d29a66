# attack: floods standard output past the interpreter's buffers, without a line feed
# outcome: output-limit
import posix


def solve(x):
    while True:
        posix.write(1, b'x' * 65536)
