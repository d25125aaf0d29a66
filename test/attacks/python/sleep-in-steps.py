# attack: holds a slot in many short sleeps
# outcome: timeout
# limits: {"wallMs":1000}
import time


def solve(x):
    while True:
        time.sleep(0.1)
