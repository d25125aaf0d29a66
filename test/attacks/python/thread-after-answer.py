# attack: goes on in a thread when it has answered
# outcome: error
# native.outcome: ok
# native.output: 1
import threading
import time


def forever():
    while True:
        print("late")
        time.sleep(0.001)  # more at once would end at the limit of output when the answer has to wait for a processor


def solve(x):
    threading.Thread(target=forever).start()
    return x
