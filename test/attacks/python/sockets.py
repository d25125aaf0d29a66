# attack: talks to servers of the host
# outcome: ok
# output: []
PLACES = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/dbus/system_bus_socket")


def solve(x):
    try:
        import socket
    except ImportError:
        return []
    reached = []
    for place in (*PLACES, "\0/tmp/.X11-unix/X0"):
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(place)
            reached.append(place)
        except (AttributeError, OSError):
            pass
    for address in (("127.0.0.1", 4222), ("169.254.169.254", 80), ("1.1.1.1", 53)):
        try:
            socket.create_connection(address, 0.5).close()
            reached.append(address[0])
        except (AttributeError, OSError):
            pass
    return reached
