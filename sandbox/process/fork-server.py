# Forks an isolate for each case from an interpreter that is warm and has seen nothing of any submission: it reads orders
# of the node, which tell limits and hand over descriptors, and nothing else. It is behind another uid already, without
# new privileges, network or anything to write to, and of the rights in its own user namespace it keeps the one to make
# other namespaces, which each case gives up before it is given anything to run. Three processes have a part in a case:
# this one, one that waits outside of the case's namespaces, and the case itself, the first process in them.
def _serve():
    import ctypes, gc, json, os, resource, select, signal, socket, sys

    # What programs use most, so that no case has to load it; the same as in the stored interpreter of Wasmtime.
    for name in "bisect collections copy dataclasses datetime enum functools heapq itertools json math operator random re string time typing".split():
        __import__(name)
    CHANNELS = 5
    CONTROL, STDERR, RESULT, FILTER = 0, 2, 3, 9
    DESCRIPTORS_END = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    FREE_BYTES = 1 << 20
    ORDER_BYTES = 4_096
    DESCRIPTORS = 16
    # <linux/sched.h>: mounts, control groups, names, IPC, processes, network.
    NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000
    # <linux/mount.h>
    NOSUID, NODEV, RECURSIVE, PRIVATE = 2, 4, 0x4000, 0x40000
    # <linux/prctl.h>
    DEATH_SIGNAL, SECCOMP, BOUNDING_DROP, SUBREAPER, GET_NO_NEW_PRIVILEGES, AMBIENT = 1, 22, 24, 36, 39, 47
    FILTER_MODE, AMBIENT_CLEAR = 2, 4
    # <linux/capability.h>
    CAPABILITY_VERSION, SYS_ADMIN = 0x20080522, 21
    FAILED = 125

    libc = ctypes.CDLL(None, use_errno=True)

    def kernel(result, what):
        if result < 0:
            code = ctypes.get_errno()
            raise OSError(code, f"{what}: {os.strerror(code)}")
        return result

    def prctl(option, value=0):
        arguments = [ctypes.c_ulong(each) for each in (value, 0, 0, 0)]
        return kernel(libc.prctl(option, *arguments), f"prctl {option}")

    def keep_capabilities(kept):
        """Of the effective and permitted ones; none can be inherited."""
        low = sum(1 << each for each in kept)
        prctl(AMBIENT, AMBIENT_CLEAR)
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
        sets = (ctypes.c_uint32 * 6)(low, low, 0, 0, 0, 0)
        kernel(libc.capset(header, sets), "capset")

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    def read_all(descriptor):
        with open(descriptor, "rb") as file:
            return file.read()

    code = read_all(FILTER)
    instructions = ctypes.create_string_buffer(code, len(code))
    program = Program(len(code) // 8, ctypes.addressof(instructions))
    harness = compile(sys.argv.pop(1), "<string>", "exec")

    def filter_calls():
        kernel(libc.prctl(SECCOMP, ctypes.c_ulong(FILTER_MODE), ctypes.byref(program)), "seccomp")

    def close_all_but(*kept):
        kept = sorted(kept)
        for start, end in zip([-1, *kept], [*kept, DESCRIPTORS_END]):
            if start + 1 < end:  # an empty range up to 0 would be everything
                os.closerange(start + 1, end)

    def wait_outside(guest, life, held):
        """Ends the case when the node says so or is gone, and tells how it ended once nothing of it is left."""
        close_all_but(life, held)
        os.write(life, b"%d\n" % os.getpid())
        ended = os.pidfd_open(guest)
        poll = select.poll()
        poll.register(life, select.POLLIN)
        poll.register(ended, select.POLLIN)
        if any(descriptor == life for descriptor, _ in poll.poll()):
            os.kill(guest, signal.SIGKILL)
        _, status, used = os.wait4(guest, 0)
        cpu_us = int((used.ru_utime + used.ru_stime) * 1e6)
        os.write(life, b"%d %d\n" % (os.waitstatus_to_exitcode(status), cpu_us))
        os._exit(0)

    def begin(order, received, server):
        """Returns in the case only, behind all layers."""
        for at, channel in enumerate(received[:CHANNELS]):
            os.dup2(channel, at)
            os.close(channel)
        life, *groups = received[CHANNELS:]
        prctl(DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != server:
            os._exit(FAILED)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for group in groups:
            os.write(group, b"0")
        kernel(libc.unshare(NAMESPACES), "unshare")
        kernel(libc.mount(None, b"/", None, RECURSIVE | PRIVATE, None), "mount /")
        if order["diskBytes"]:
            size = b"mode=755,size=%d" % order["diskBytes"]
            kernel(libc.mount(b"tmpfs", b"/tmp", b"tmpfs", NOSUID | NODEV, size), "mount /tmp")
        os.chdir("/tmp" if order["diskBytes"] else "/")
        keep_capabilities([])
        alive, held = os.pipe()
        guest = os.fork()
        if guest:
            wait_outside(guest, life, held)
        prctl(DEATH_SIGNAL, signal.SIGKILL)
        os.close(held)
        orphaned = select.poll()
        orphaned.register(alive, select.POLLIN)
        if orphaned.poll(0):
            os._exit(FAILED)
        os.setsid()
        close_all_but(*range(CHANNELS))
        for name, most in order["rlimits"].items():
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (most, most))
        bytes(FREE_BYTES)  # an interpreter with nothing left to allocate counts as not started
        filter_calls()
        os.write(RESULT, b"+")

    if prctl(GET_NO_NEW_PRIVILEGES) != 1:
        raise PermissionError("new privileges are not given up")
    prctl(SUBREAPER, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks this process how another one ended
    for capability in range(64):
        if libc.prctl(BOUNDING_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            break
    keep_capabilities([SYS_ADMIN])
    control = socket.socket(fileno=CONTROL)
    while os.open("/dev/null", os.O_RDONLY) < CHANNELS:
        pass  # what is received must lie behind the places it moves to
    gc.collect()
    gc.freeze()  # so that looking for garbage does not copy what all cases share
    server = os.getpid()
    while True:
        text, received, _, _ = socket.recv_fds(control, ORDER_BYTES, DESCRIPTORS)
        if not text:
            os._exit(0)
        try:
            outside = os.fork()
        except OSError as error:
            os.write(received[STDERR], f"fork: {error.strerror}\n".encode())
            outside = server  # only this case has failed
        if outside:
            for descriptor in received:
                os.close(descriptor)
            continue
        control.detach()  # its number is the case's standard input from here on
        try:
            begin(json.loads(text), received, server)
        except BaseException as error:
            os.write(STDERR, f"{type(error).__name__}: {error}\n".encode())
            os._exit(FAILED)
        return harness


_harness = _serve()
del _serve
exec(globals().pop("_harness"))
