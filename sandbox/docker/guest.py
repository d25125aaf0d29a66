# First process of an isolate's container. It runs one case after the other, each in a fresh interpreter that is killed
# with everything it started, and reports what it saw. Submitted code never runs in this process: a case hands in its
# answer through a pipe of its own, and whatever else it does with its descriptors is noise.
#
# It speaks frames on its standard streams: four bytes of length (little-endian), then the body. A request is four
# frames (JSON head, setup, input, standard input), a report is four (JSON head, result, stdout, stderr). In between a
# case may call tools: a frame `T…` goes out, a frame `A…` answers it. The stream's end means that the host is gone: then
# everything ends. With --socket PATH it serves HTTP there (serve.py).
import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import socket
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "harness.py"), encoding="utf-8") as source:
    HARNESS = source.read()
INPUTS, RESULT, TOOLS = 3, 4, 5
FLAGS = ["-S", "-s", "-B", "-P", "-X", "frozen_modules=on"]
PYTHON = [sys.executable, *FLAGS, "-c", HARNESS, str(INPUTS), str(RESULT), str(TOOLS)]
SHOWN = 131_072  # bytes of each output stream that are kept
CHUNK = 65_536
TICK_MS = 5
LENGTH = 16  # digits
MOST_ASKED = 512 * 1024  # bytes of a tool call
FOLDERS = ("/tmp", "/dev/shm", "/dev/mqueue")  # the only places where anything could be left
SET_DUMPABLE = 4


def cgroup(name, *files):
    """A number of this container's control group: `name value` in the first file that is there, else None."""
    for file in files:
        try:
            with open("/sys/fs/cgroup/" + file, encoding="ascii") as lines:
                for line in lines:
                    key, _, value = line.rpartition(" ")
                    if key == name:
                        return int(value)
        except OSError:
            pass
    return None


def oom_kills():
    return cgroup("oom_kill", "memory.events", "memory/memory.oom_control")


def refused_forks():
    return cgroup("max", "pids.events", "pids/pids.events")


def cpu_ms():
    """CPU time of all processes in the container, of those that have ended as well."""
    version1 = cgroup("", "cpuacct/cpuacct.usage")
    if version1 is not None:
        return version1 / 1e6
    version2 = cgroup("usage_usec", "cpu.stat")
    if version2 is not None:
        return version2 / 1e3
    ticks = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                ticks += sum(map(int, file.read().rpartition(")")[2].split()[11:15]))
        except OSError:
            pass
    return ticks * 1e3 / os.sysconf("SC_CLK_TCK")


def set_dumpable(value):
    if ctypes.CDLL(None, use_errno=True).prctl(SET_DUMPABLE, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def become_case(pipes, memory, environment):
    """In the new process: descriptors, limits, interpreter. Never returns."""
    try:
        os.setsid()
        # Out of the way first, so that no copy overwrites the source of another.
        for target, pipe in enumerate([fcntl.fcntl(pipe, fcntl.F_DUPFD, 64) for pipe in pipes]):
            os.dup2(pipe, target)
        os.closerange(len(pipes), 256)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        try:
            set_dumpable(1)  # its own files in /proc are its own again
            with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
                file.write("1000")  # when memory runs out, this process goes first
        except OSError:
            pass
        os.chdir("/tmp" if os.access("/tmp", os.W_OK) else "/")
        os.execve(PYTHON[0], PYTHON, environment)
    finally:
        os._exit(127)


def kill_everything(child):
    """Ends all other processes of the container and takes them off the kernel's list; peak memory of `child`."""
    peak = None
    if os.getpid() != 1:
        raise RuntimeError("only the first process of a container may do that")
    while True:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        try:
            pid, _, used = os.wait4(-1, 0)
        except ChildProcessError:
            return peak
        if pid == child:
            peak = used.ru_maxrss * 1024


def disk_is_full():
    if not os.path.ismount("/tmp"):
        return False
    space = os.statvfs("/tmp")
    return space.f_bavail == 0 or space.f_favail == 0


def wipe():
    """Removes what the case left in the places it could write; false when something resists."""
    try:
        for place in filter(os.path.isdir, FOLDERS):
            for folder, folders, files in os.walk(place, topdown=False):
                for name in files:
                    os.unlink(os.path.join(folder, name))
                for name in folders:
                    path = os.path.join(folder, name)
                    (os.unlink if os.path.islink(path) else os.rmdir)(path)
            if os.listdir(place):
                return False
        return True
    except (OSError, RecursionError):
        return False


class Case:
    """One run of the harness with all that it starts. `end` says why it is over: None for an end of its own."""

    def __init__(self, head, setup, given, stdin):
        self.limits, self.nonce = head["limits"], head["nonce"].encode()
        self.most = self.limits["outputBytes"]
        self.end, self.status, self.peak = None, None, None
        self.output = {"stdout": bytearray(), "stderr": bytearray(), "result": bytearray()}
        self.written = 0
        self.oom, self.forks = oom_kills(), refused_forks()
        self.began, self.cpu_began, self.cpu_own = time.monotonic(), cpu_ms(), time.process_time()
        inputs = b"".join(b"%16d" % len(part) + part for part in (setup, given) if part)
        pairs = [os.pipe() for _ in range(5)]
        # standard input and inputs go to the case, the others come from it
        theirs = [pair[number not in (0, INPUTS)] for number, pair in enumerate(pairs)]
        ours = [pair[number in (0, INPUTS)] for number, pair in enumerate(pairs)]
        self.tools, self.asked, self.answering, self.waiting = None, bytearray(), memoryview(b""), False
        if head.get("tools"):
            self.tools, end = (each.detach() for each in socket.socketpair())
            theirs.append(end)
            ours.append(self.tools)
        self.child = os.fork()
        if self.child == 0:
            environment = {"PYTHONHASHSEED": str(head["seed"]), "PYTHONUTF8": "1"}
            become_case(theirs, self.limits["memoryBytes"], environment)
        for descriptor in theirs:
            os.close(descriptor)
        for descriptor in ours:
            os.set_blocking(descriptor, False)
        self.writing = {ours[0]: memoryview(stdin), ours[INPUTS]: memoryview(inputs)}
        self.reading = {ours[1]: "stdout", ours[2]: "stderr", ours[RESULT]: "result"}

    def cpu_used(self):
        return max(0.0, cpu_ms() - self.cpu_began - (time.process_time() - self.cpu_own) * 1e3)

    def wall_used(self):
        return (time.monotonic() - self.began) * 1e3

    def run(self, host):
        """`host` is a descriptor that gets readable when nobody wants the case any more, or None."""
        while self.end is None and self.status is None:
            poll = select.poll()
            for descriptor in self.writing:
                poll.register(descriptor, select.POLLOUT)
            for descriptor in (*self.reading, *([] if host is None else [host])):
                poll.register(descriptor, select.POLLIN)
            if self.tools is not None:
                poll.register(self.tools, select.POLLOUT if self.answering else select.POLLIN)
            for descriptor, _ in poll.poll(TICK_MS):
                if descriptor == host:
                    self.hear()
                elif descriptor == self.tools:
                    self.speak()
                elif descriptor in self.writing:
                    self.feed(descriptor)
                else:
                    self.drain(descriptor)
            self.judge()
        self.wall, self.cpu, self.full = self.wall_used(), self.cpu_used(), disk_is_full()
        peak = kill_everything(self.child)
        self.peak = self.peak or peak
        for descriptor in list(self.reading):
            while self.drain(descriptor):
                pass  # what was written before the end: nobody writes any more
        if self.end is None and self.answer() is not None:
            self.end = "result"
        for descriptor in (*self.reading, *self.writing, *([] if self.tools is None else [self.tools])):
            os.close(descriptor)

    def hear(self):
        """The host says something: the answer to a tool call, or by anything else that nobody wants the case any more."""
        if not self.waiting:
            self.end = "cancelled"
            return
        answer, self.waiting = read_frame()[1:], False
        self.answering = memoryview(b"%016d" % len(answer) + answer)

    def speak(self):
        """One step of the talk about tools: an answer goes to the case, or more of its request comes."""
        try:
            if self.answering:
                self.answering = self.answering[os.write(self.tools, self.answering[:CHUNK]) :]
                return
            chunk = os.read(self.tools, CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        self.asked += chunk
        size = bytes(self.asked[:LENGTH])
        if not chunk:
            os.close(self.tools)
            self.tools = None
        elif self.waiting or not size.isdigit() or (len(size) == LENGTH and int(size) > MOST_ASKED):
            self.end = "output-limit"  # the harness asks one call at a time, and no longer ones
        elif len(size) == LENGTH and len(self.asked) >= LENGTH + int(size):
            write_frames(b"T" + bytes(self.asked[LENGTH : LENGTH + int(size)]))
            self.asked, self.waiting = bytearray(), True

    def feed(self, descriptor):
        left = self.writing[descriptor]
        try:
            left = left[os.write(descriptor, left[:CHUNK]) :] if left else left
        except BlockingIOError:
            return
        except BrokenPipeError:
            left = left[:0]
        self.writing[descriptor] = left
        if not left:
            os.close(descriptor)
            del self.writing[descriptor]

    def drain(self, descriptor):
        """Takes some of what is there; true when there may be more."""
        try:
            chunk = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return False
        if not chunk:
            os.close(descriptor)
            del self.reading[descriptor]
            return False
        name = self.reading[descriptor]
        kept = self.output[name]
        kept += chunk if name == "result" else chunk[: max(0, SHOWN - len(kept))]
        self.written += len(chunk)
        if self.written > self.most + len(self.nonce) + LENGTH + 1:
            self.end = "output-limit"
            return False
        return True

    def answer(self):
        """What follows the secret, once it is there in the length that is told."""
        got = self.output["result"]
        start = got.find(self.nonce) + len(self.nonce) + LENGTH
        if self.nonce not in got or len(got) < start:
            return None
        told = bytes(got[start - LENGTH : start])
        size = int(told) if told.isdigit() else 0
        return bytes(got[start : start + size]) if len(got) >= start + size else None

    def judge(self):
        if self.end is not None:
            return
        if self.output["result"] and self.answer() is not None:
            self.end = "result"
        elif self.wall_used() > self.limits["wallMs"]:
            self.end = "timeout"
        elif self.cpu_used() > self.limits["cpuMs"]:
            self.end = "cpu-limit"
        else:
            pid, status, used = os.wait4(self.child, os.WNOHANG)
            if pid != 0:
                self.status, self.peak = status, used.ru_maxrss * 1024

    def report(self):
        """The four parts of a report."""
        oom, forks = oom_kills(), refused_forks()
        signalled = self.status is not None and os.WIFSIGNALED(self.status)
        head = {
            "end": self.end or "exit",
            "exitCode": None if self.status is None or signalled else os.WEXITSTATUS(self.status),
            "signal": os.WTERMSIG(self.status) if signalled else None,
            "oom": None if oom is None or self.oom is None else oom > self.oom,
            "refusedForks": forks is not None and self.forks is not None and forks > self.forks,
            "diskFull": self.full,
            "wallMs": self.wall,
            "cpuMs": self.cpu,
            "peakBytes": self.peak,
            "clean": wipe(),
        }
        answer = self.answer() if self.end == "result" else None
        return head, answer or b"", bytes(self.output["stdout"]), bytes(self.output["stderr"])


def read_exactly(size):
    parts = []
    while size > 0:
        part = os.read(0, min(size, 1 << 20))
        if not part:
            sys.exit(0)  # the host is gone, and with this process everything in the container
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_frame():
    return read_exactly(int.from_bytes(read_exactly(4), "little"))


def write_frames(*bodies):
    left = memoryview(b"".join(len(body).to_bytes(4, "little") + body for body in bodies))
    while left:
        left = left[os.write(1, left) :]


def serve_streams():
    write_frames(json.dumps({"ready": 1}).encode())
    while True:
        head = read_frame()
        while head[:1] == b"A":  # to a tool call of a case that has ended since
            head = read_frame()
        setup, given, stdin = read_frame(), read_frame(), read_frame()
        case = Case(json.loads(head), setup, given, stdin)
        del setup, given, stdin
        case.run(0)
        if case.end == "cancelled":
            sys.exit(0)
        head, *parts = case.report()
        write_frames(json.dumps(head).encode(), *parts)


def main():
    if os.getpid() != 1:
        sys.exit("guest.py is the first process of a container and runs nowhere else")
    # A first process gets no signal from inside its container, except those it handles; Python handles this one.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    set_dumpable(0)  # a case runs as the same user: without this it could write into this process' memory
    if sys.argv[1:2] == ["--socket"]:
        sys.path.insert(0, HERE)
        import serve

        serve.serve_socket(sys.argv[2], Case)
    else:
        serve_streams()


if __name__ == "__main__":
    main()
