# attack: passes notes to the next case through files
# outcome: ok
# output: []
# cases: [1, 2, 3]
import os

PLACES = ("/tmp", "/dev/shm", "/dev/mqueue", "/var/tmp", "/run/lock", "/dev", "/")


def solve(x):
    found = []
    for place in PLACES:
        try:
            found += [name for name in os.listdir(place) if name.startswith("note")]
        except OSError:
            pass
        try:
            os.makedirs(f"{place}/note/deep")
            open(f"{place}/note/deep/note", "w").close()
            os.symlink("/etc/passwd", f"{place}/note-link")
            os.chmod(f"{place}/note/deep", 0)
        except OSError:
            pass
    return found
