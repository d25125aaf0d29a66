# attack: runs a shell
# outcome: error
import subprocess


def solve(x):
    return subprocess.run(['/bin/sh', '-c', 'id'], capture_output=True).stdout.decode()
