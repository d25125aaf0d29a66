# attack: starts threads
# outcome: error
import threading


def solve(x):
    while True:
        threading.Thread(target=solve, args=(x,)).start()
