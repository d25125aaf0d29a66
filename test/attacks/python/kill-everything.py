# attack: kills whatever it can reach
# outcome: error
# native.outcome: ok
# native.output: 1
import os
import signal


def solve(x):
    for pid in (-1, 0, *range(1, 100)):
        if pid != os.getpid():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            try:
                os.kill(pid, signal.SIGTERM)
            except OSError:
                pass
    return x
