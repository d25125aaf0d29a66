# attack: leaks by looking up names
# outcome: error
import socket


def solve(x):
    return socket.gethostbyname('example.com')
