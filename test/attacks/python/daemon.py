# attack: leaves a process behind that outlives its case
# outcome: error
# native.outcome: ok
# native.output: 1
# cases: [1, 1]
import os
import time


def solve(x):
    processes = os.listdir("/proc") if os.path.isdir("/proc") else []
    others = [name for name in processes if name.isdigit() and int(name) not in (1, os.getpid())]
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for descriptor in range(5):
                os.close(descriptor)
            while True:
                time.sleep(1)
        os._exit(0)
    os.wait()
    return 1 + len(others)
