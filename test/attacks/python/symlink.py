# attack: has the host follow a link
# outcome: error
import os


def solve(x):
    os.symlink('/etc/passwd', 'link')
    return open('link').read()
