# attack: does not return from a signal that comes when it has answered
# outcome: error
# native.outcome: ok
# native.output: 1
import signal


def forever(*rest):
    while True:
        pass


def solve(x):
    signal.signal(signal.SIGALRM, forever)
    signal.setitimer(signal.ITIMER_REAL, 2)
    return x
