# attack: asks the kernel in the manner of other architectures, which filters may not know
# outcome: ok
# output: []
import os

GETPID_OF_I386 = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"  # mov eax, 20; int 0x80; ret
X32 = 0x40000000


def survives(call):
    """Whether it works, in a process of its own: a filter may end the caller."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, b"worked" if call() > 0 else b"")
        os._exit(0)
    os.close(writer)
    os.wait()
    return os.read(reader, 16) != b""


def solve(x):
    try:
        import ctypes
        import mmap

        system = ctypes.CDLL(None).syscall
        if os.uname().machine != "x86_64":
            return []
    except (ImportError, AttributeError, OSError):
        return []

    def machine_code():
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(GETPID_OF_I386)
        place = ctypes.addressof(ctypes.c_char.from_buffer(page))
        return ctypes.CFUNCTYPE(ctypes.c_int)(place)()

    calls = {"i386": machine_code, "x32": lambda: system(X32 + 39), "none": lambda: system(100_000)}
    return [name for name, call in calls.items() if survives(call)]
