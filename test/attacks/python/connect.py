# attack: reaches the network
# outcome: error
import socket


def solve(x):
    socket.create_connection(('127.0.0.1', 4222), 1)
