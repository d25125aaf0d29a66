# attack: learns which networks the host is on
# outcome: ok
# output: []


def solve(x):
    try:
        import socket

        return [name for _, name in socket.if_nameindex() if name != "lo"]
    except (ImportError, AttributeError, OSError):
        return []
