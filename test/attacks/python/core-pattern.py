# attack: has the host's kernel run a program of its own
# outcome: ok
# output: []
import os

PLACES = (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sysrq-trigger",
    "/sys/kernel/uevent_helper",
    "/sys/fs/cgroup/release_agent",
    "/sys/fs/cgroup/memory/release_agent",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    "/sys/fs/cgroup/memory.max",
    "/dev/sda",
    "/dev/vda",
    "/dev/mem",
    "/dev/kmsg",
    "/proc/kcore",
    "/orrery/harness.py",
    "/orrery/guest.py",
)


def solve(x):
    opened = []
    for place in PLACES:
        try:
            os.close(os.open(place, os.O_WRONLY))
            opened.append(place)
        except OSError:
            pass
    return opened
