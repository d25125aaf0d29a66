# attack: has itself interrupted wherever the harness may be
# outcome: error
# native.outcome: ok
# native.output: 1
import signal


def solve(x):
    signal.signal(signal.SIGALRM, lambda *rest: None)
    signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
    return x
