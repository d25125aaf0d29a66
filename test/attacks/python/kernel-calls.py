# attack: asks the kernel for what containers were escaped by
# outcome: ok
# output: []
import os

CALLS = {
    "x86_64": {
        "unshare": (272, 0x10000000),
        "clone of a user namespace": (56, 0x10000000 | 17),
        "setns": (308, 0, 0),
        "mount": (165, 0, 0, 0, 0, 0),
        "pivot_root": (155, 0, 0),
        "ptrace": (101, 16, 1),
        "process_vm_writev": (311, 1, 0, 0, 0, 0, 0),
        "keyctl": (250, 0, -3),
        "add_key": (248, 0, 0, 0, 0, -3),
        "bpf": (321, 0, 0, 0),
        "io_uring_setup": (425, 1, 0),
        "perf_event_open": (298, 0, 0, -1, -1, 0),
        "userfaultfd": (323, 0),
        "memfd_create": (319, b"x", 0),
        "vsock": (41, 40, 1, 0),
        "netlink": (41, 16, 3, 0),
        "packet": (41, 17, 3, 0),
        "internet": (41, 2, 1, 0),
        "open_by_handle_at": (304, -100, 0, 0),
        "kexec_load": (246, 0, 0, 0, 0),
        "personality": (135, 0x0040000),
        "shmget": (29, 0, 4096, 0o1777),
        "mq_open": (240, b"x", 0o102, 0o600, 0),
        "chroot": (161, b"/tmp"),
        "TIOCSTI": (16, 0, 0x5412, b"x"),
        "setuid": (105, 0),
        "outlive the judge": (157, 1, 0),
        "another filter": (157, 22, 1),
    },
    "aarch64": {
        "unshare": (97, 0x10000000),
        "clone of a user namespace": (220, 0x10000000 | 17),
        "setns": (268, 0, 0),
        "mount": (40, 0, 0, 0, 0, 0),
        "pivot_root": (41, 0, 0),
        "ptrace": (117, 16, 1),
        "process_vm_writev": (271, 1, 0, 0, 0, 0, 0),
        "keyctl": (219, 0, -3),
        "add_key": (217, 0, 0, 0, 0, -3),
        "bpf": (280, 0, 0, 0),
        "io_uring_setup": (425, 1, 0),
        "perf_event_open": (241, 0, 0, -1, -1, 0),
        "userfaultfd": (282, 0),
        "memfd_create": (279, b"x", 0),
        "vsock": (198, 40, 1, 0),
        "netlink": (198, 16, 3, 0),
        "packet": (198, 17, 3, 0),
        "internet": (198, 2, 1, 0),
        "open_by_handle_at": (265, -100, 0, 0),
        "kexec_load": (104, 0, 0, 0, 0),
        "personality": (92, 0x0040000),
        "shmget": (194, 0, 4096, 0o1777),
        "mq_open": (180, b"x", 0o102, 0o600, 0),
        "chroot": (51, b"/tmp"),
        "TIOCSTI": (29, 0, 0x5412, b"x"),
        "setuid": (146, 0),
        "outlive the judge": (167, 1, 0),
        "another filter": (167, 22, 1),
    },
}


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
        if name.startswith("clone") and returned == 0:
            os._exit(0)
        if returned != -1 or ctypes.get_errno() != 1:
            worked.append([name, returned, ctypes.get_errno()])
    return worked
