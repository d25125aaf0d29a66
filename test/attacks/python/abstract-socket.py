# attack: leaves a socket without a file for the cases to come, and looks for those of the host
# outcome: ok
# output: []
# cases: [1, 2]
import os


def solve(x):
    try:
        import socket

        kind = socket.AF_UNIX
    except (ImportError, AttributeError):
        return []
    reached = []
    for name in ("\0note", "\0/tmp/.X11-unix/X0", "\0/containerd-shim/x", "\0docker", "\0dbus"):
        try:
            with socket.socket(kind) as client:
                client.connect(name)
            reached.append(name)
        except OSError:
            pass
    server = socket.socket(kind)
    server.bind("\0note")
    server.listen()
    if os.fork() == 0:
        os.setsid()
        while True:
            server.accept()
    return reached
