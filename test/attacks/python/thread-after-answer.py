# attack: goes on in a thread when it has answered
# outcome: error
# native.outcome: ok
# native.output: 1
import threading


def forever():
    while True:
        print("late")


def solve(x):
    threading.Thread(target=forever).start()
    return x
