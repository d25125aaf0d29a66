# attack: leaves sockets and odd names in the folder of the cases to come
# outcome: ok
# output: []
# cases: [1, 2, 3]
import os

NAMES = (b"\xff\xfe", b"-rf", b"new\nline", "\u202e".encode(), b" ", b"..." + b"x" * 250)


def solve(x):
    try:
        found = os.listdir(b"/tmp")
    except OSError:
        return []
    for name in NAMES:
        os.close(os.open(b"/tmp/" + name, os.O_CREAT, 0))
    import socket

    socket.socket(socket.AF_UNIX).bind("/tmp/note")
    return [repr(name) for name in found]
