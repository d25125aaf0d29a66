# attack: asks the kernel for what hardly any program needs
# outcome: ok
# output: []
import os

CALLS = {
    "x86_64": {
        "clone3": (435, 0, 0),
        "pidfd_open": (434, 1, 0),
        "pidfd_getfd": (438, 0, 0, 0),
        "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
        "process_madvise": (440, 0, 0, 0, 0, 0),
        "kcmp": (312, 1, 1, 0, 0, 0),
        "seccomp": (317, 1, 0, 0),
        "landlock_create_ruleset": (444, 0, 0, 1),
        "memfd_secret": (447, 0),
        "vmsplice": (278, 1, 0, 0, 0),
        "fanotify_init": (300, 0, 0),
        "name_to_handle_at": (303, -100, b"/", 0, 0, 0),
        "fsopen": (430, b"tmpfs", 0),
        "open_tree": (428, -100, b"/", 0),
        "move_mount": (429, -1, b"", -1, b"", 0),
        "mount_setattr": (442, -100, b"/", 0, 0, 0),
        "umount2": (166, b"/", 2),
        "mknod of a disk": (133, b"/tmp/disk", 0o60600, 0x800),
        "mknod of a pipe": (133, b"/tmp/pipe", 0o10600, 0),
        "chown": (92, b"/tmp", 0, 0),
        "setxattr": (188, b"/tmp", b"user.x", b"x", 1, 0),
        "setns": (308, 3, 0),
        "setgroups": (116, 0, 0),
        "setresuid": (117, 0, 0, 0),
        "capset": (126, 0, 0),
        "request_key": (249, b"user", b"x", 0, -3),
        "io_uring_enter": (426, 0, 0, 0, 0, 0),
        "socketpair of netlink": (53, 16, 3, 0, 0),
        "raw socket": (41, 2, 3, 1),
        "internet of version 6": (41, 10, 2, 0),
        "bluetooth": (41, 31, 3, 1),
        "crypto": (41, 38, 5, 0),
        "semget": (64, 0, 1, 0o1777),
        "msgget": (68, 0, 0o1777),
        "acct": (163, 0),
        "swapoff": (168, b"/x"),
        "reboot": (169, 0, 0, 0),
        "sethostname": (170, b"x", 1),
        "iopl": (172, 3),
        "ioperm": (173, 0x80, 1, 1),
        "init_module": (175, 0, 0, b""),
        "delete_module": (176, b"x", 0),
        "quotactl": (179, 0, 0, 0, 0),
        "syslog": (103, 3, 0, 0),
        "settimeofday": (164, 0, 0),
        "clock_settime": (227, 0, 0),
        "adjtimex": (159, 0),
        "setpriority": (141, 0, 0, -20),
        "sched_setattr": (314, 0, 0, 0),
        "ioprio_set": (251, 1, 0, 0),
        "migrate_pages": (256, 0, 0, 0, 0),
        "set_mempolicy": (238, 0, 0, 0),
        "mlockall": (151, 3),
        "remap_file_pages": (216, 0, 0, 0, 0, 0),
        "modify_ldt": (154, 0, 0, 0),
        "prlimit of the judge": (302, 1, 0, 0, 0),
        "ustat": (136, 0, 0),
        "lookup_dcookie": (212, 0, 0, 0),
    }
}
REFUSED = (1, 38)  # not permitted, or not there


def solve(x):
    try:
        import ctypes

        system = ctypes.CDLL(None, use_errno=True).syscall
    except (ImportError, AttributeError, OSError):
        return []
    worked = []
    for name, arguments in CALLS.get(os.uname().machine, {}).items():
        ctypes.set_errno(0)
        returned = system(*arguments)
        if returned != -1 or ctypes.get_errno() not in REFUSED:
            worked.append([name, returned, ctypes.get_errno()])
    return worked
