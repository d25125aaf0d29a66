# attack: leaves folders in folders, deeper than whoever cleans up may dare to go
# outcome: error
# native.outcome: ok
# native.output: []
# cases: [1, 2]
import os


def solve(x):
    found = os.listdir("/tmp")
    os.chdir("/tmp")
    for _ in range(200):
        os.mkdir("deep" * 50)
        os.chdir("deep" * 50)
    return found
