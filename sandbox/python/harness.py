# Runs a submission inside its isolate. The first input is the setup. In WASI inputs are read from descriptor 1 and
# results written to 0; elsewhere argv names the descriptors for inputs, results and tools. With `freeze` it stops when
# everything is ready, for the interpreter to be stored as it is then; see sandbox/wasmtime/snapshot.
# It shares the interpreter with the submission, so nothing here is trusted: the host outside the isolate decides the
# outcome, measures the usage and knows the other inputs. All a submission can forge is its own answer.
# Only built-in modules are imported: `import json` alone would double the start-up time.
def _run():
    import builtins
    import posix
    import sys
    from _json import encode_basestring_ascii, make_encoder, make_scanner

    freeze = sys.argv[1:] == ["freeze"]
    wasi = freeze or len(sys.argv) == 1
    INPUTS, RESULT, TOOLS = (1, 0, 2) if wasi else (*map(int, sys.argv[1:]), None)[:3]
    LENGTH = 16
    FALLBACKS = ("solve", "main", "solution")
    # Modules that programs use most. A stored interpreter has them already; others are imported as ever.
    COMMON = "bisect collections copy dataclasses datetime enum functools heapq itertools json math operator random re string time typing".split()
    read, write, leave = posix.read, posix.write, posix._exit
    stdout, stderr = sys.stdout, sys.stderr
    function_type, module_type = type(_run), type(sys)
    str_, len_, type_ = str, len, type

    class Context:
        strict = True
        object_hook = None
        object_pairs_hook = None
        parse_float = float
        parse_int = int
        parse_constant = float
        memo = {}

        def method(self):
            pass

    method_type = type(Context().method)

    def refuse(value):
        raise TypeError(f"{type_(value).__name__} is not a JSON value")

    parse = make_scanner(Context)

    def encode(value):
        return "".join(
            make_encoder({}, refuse, encode_basestring_ascii, None, ":", ",", False, False, False)(value, 0)
        )

    def take(size, source=INPUTS):
        chunks = []
        while size > 0:
            chunk = read(source, size)
            if not chunk:
                break
            chunks.append(chunk)
            size -= len_(chunk)
        return b"".join(chunks).decode()

    def next_input():
        size = take(LENGTH)
        return (parse(take(int(size)), 0)[0],) if size else None

    setup = nonce = entry = None
    files = {}

    def deliver(body):
        # WASI has messages; in the stream of bytes that a pipe is, the length says where one ends.
        left = nonce + body if wasi else nonce + b"%016d" % len_(body) + body
        while left:
            left = left[write(RESULT, left) :]

    def call_tool(text):
        """Sends a tool call, JSON text in ASCII, and waits for its answer, which is the same."""
        body = text.encode("ascii")
        if wasi:
            deliver(b"T" + body)
        else:
            left = b"%016d" % len_(body) + body
            while left:
                left = left[write(TOOLS, left) :]
        return take(int(take(LENGTH, TOOLS)), TOOLS)

    def send(kind, text):
        for stream in (stdout, stderr):
            try:
                stream.flush()
            except BaseException:
                pass
        deliver(kind + text.encode("utf-8", "backslashreplace"))

    def describe(error):
        name = type_(error).__name__
        try:
            text = str_(error)[:500]
        except BaseException:
            text = ""
        line, trace = getattr(error, "lineno", None), error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == entry:
                line = trace.tb_lineno
            trace = trace.tb_next
        where = f" (line {line})" if line else ""
        return f"{name}: {text}{where}" if text else f"{name}{where}"

    def report(error):
        send(b"M" if isinstance(error, MemoryError) else b"E", describe(error))

    class Submitted:
        """Imports the other submitted files by their path."""

        def find_spec(self, name, path=None, target=None):
            stem = name.replace(".", "/")
            for file in (stem + ".py", stem + "/__init__.py"):
                if file in files:
                    spec = type_(sys.__spec__)(name, self, origin=file, is_package=file.endswith("/__init__.py"))
                    return spec
            return None

        def create_module(self, spec):
            return None

        def exec_module(self, module):
            file = module.__spec__.origin
            exec(compile(files[file], file, "exec"), module.__dict__)

    sys.meta_path.append(Submitted())

    def load(name):
        module = module_type(name)
        module.__file__ = entry
        sys.modules[name] = module
        exec(compile(files[entry], entry, "exec"), module.__dict__)
        return module

    def entry_point(module):
        names = ([setup["call"]] if setup["call"] else []) + list(FALLBACKS)
        for name in names:
            found = module.__dict__.get(name)
            if callable(found) and not isinstance(found, type_):
                return found
        solution = module.__dict__.get("Solution")
        if isinstance(solution, type_):
            for name in names:
                if callable(getattr(solution, name, None)):
                    return getattr(solution(), name)
        own = [
            value
            for name, value in module.__dict__.items()
            if type_(value) is function_type and value.__module__ == module.__name__ and name[0] != "_"
        ]
        if len_(own) == 1:
            return own[0]
        raise NameError(f"no entry point: define {' or '.join(names)}")

    def arguments(function, value):
        """One positional argument; a list is spread over two or more required parameters that it fits."""
        for _ in range(8):
            function = getattr(function, "__wrapped__", function)
        bound = type_(function) is method_type
        code = getattr(function.__func__ if bound else function, "__code__", None)
        if code is None:
            return (value,)
        most = code.co_argcount - bound
        required = most - len_((function.__func__ if bound else function).__defaults__ or ())
        if code.co_flags & 0x04:
            most = 1 << 30
        if most == 0:
            return ()
        if type_(value) is list and required >= 2 and required <= len_(value) <= most:
            return tuple(value)
        return (value,)

    def program():
        try:
            load("__main__")
        except SystemExit as stop:
            if stop.code not in (None, 0):
                return report(stop)
        except BaseException as error:
            return report(error)
        send(b"D", "")

    def cases():
        function, given = None, next_input()
        while given is not None:
            try:
                if function is None:
                    function = entry_point(load("submission"))
                answer = function(*arguments(function, given[0]))
            except BaseException as error:
                report(error)
            else:
                answer_with(answer)
            given = next_input()

    def answer_with(answer):
        try:
            text = encode(answer)
        except MemoryError as error:
            report(error)
        except BaseException as error:
            send(b"J", describe(error))
        else:
            send(b"V", text)

    def go():
        nonlocal setup, nonce, files, entry
        setup = next_input()[0]
        nonce, files, entry = setup["nonce"].encode(), setup["files"], setup["entry"]
        sys.argv = [entry]
        sys.orig_argv = ["python", entry]
        if "random" in sys.modules:
            sys.modules["random"].seed()  # what it drew when the interpreter was stored is the same for all
        if setup.get("tools"):
            # What the guest SDK finds its way out with; see sandbox/tool-channel.ts.
            sys.modules["_orrery_tools"] = module_type("_orrery_tools")
            sys.modules["_orrery_tools"].call = call_tool
        (program if setup["program"] else cases)()
        leave(0)

    builtins.exit = builtins.quit = sys.exit
    del sys.modules["__main__"]._run
    if freeze:
        import gc

        for name in COMMON:
            __import__(name)
        gc.collect()
        gc.freeze()
        leave(id(go))
    go()


_run()
