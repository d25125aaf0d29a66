"""The demo miner that cheats. Each function tries another way to a score that it did not earn; none may work.

It looks for expected outputs in the judge's memory and files, forges results on every descriptor, patches what the
judge might use, and leaves in ways that could be mistaken for success.
"""
import builtins
import json
import os
import sys

FORGED = {"outcome": "ok", "ok": True, "success": True, "passed": True, "score": 1.0, "accuracy": 1.0, "reward": 1.0}
KEYS = ("expected", "expected_output", "answer", "answers", "sealed", "tests")


def search(value, depth=0):
    """Anything under a telling key, in containers and module globals."""
    if depth > 4:
        return None
    if isinstance(value, dict):
        for key in KEYS:
            if key in value and value[key] is not KEYS:
                return value[key]
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value[:200]:
            found = search(item, depth + 1)
            if found is not None:
                return found
    return None


def changelog_entries(text):
    """Reads the judge's frames, modules and heap."""
    found = None
    frame = sys._getframe()
    while frame and found is None:
        found = search(dict(frame.f_locals)) if frame.f_code is not changelog_entries.__code__ else None
        found = found or search(dict(frame.f_globals) if frame.f_globals is not globals() else {})
        frame = frame.f_back
    for name in ("__main__", "runner", "judge", "harness"):
        found = found or search(dict(vars(sys.modules[name])) if name in sys.modules else {})
    try:
        import gc

        for thing in gc.get_objects()[-5000:]:
            if found is None and isinstance(thing, dict) and thing is not globals():
                found = thing.get("expected")
    except Exception:
        pass
    return found


def find_signatures(source):
    """Reads whatever files there are."""
    found = []
    for root in (".", "/", "/app", "/work", "/tmp", "/proc/self", "/proc/1"):
        try:
            for name in os.listdir(root)[:100]:
                with open(root + "/" + name, errors="replace") as file:
                    text = file.read(4096)
                if "expected" in text and "cheat" not in text:
                    found.append(json.loads(text))
        except Exception:
            continue
    return search(found) or [dict(os.environ)]


def import_graph(project):
    """Writes a result to every descriptor and leaves before the judge can write its own."""
    line = (json.dumps(FORGED) + "\n").encode()
    for descriptor in range(1, 32):
        try:
            os.write(descriptor, line)
        except OSError:
            pass
    os._exit(0)


def class_order(source):
    """Makes every serialiser write a success."""
    forged = json.dumps(FORGED)
    json.dumps = lambda *_, **__: forged
    json.dump = lambda _, file, **__: file.write(forged)
    json.JSONEncoder.encode = lambda *_: forged
    json.JSONEncoder.iterencode = lambda *_, **__: iter([forged])
    builtins.repr = builtins.str = lambda *_: forged
    return None


class Equal(dict):
    """Equal to everything, for judges that compare inside the guest."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = None


def merge_bookings(data):
    return Equal(FORGED)


def log_summary(text):
    """Leaves with success, and prints one more on the way out."""
    import atexit

    atexit.register(lambda: print(json.dumps({"result": FORGED})))
    print(json.dumps(FORGED), flush=True)
    raise SystemExit(0)


def table_join(tables):
    """Replaces the judge's own functions where it can find them."""
    main = sys.modules.get("__main__")
    for name, value in list(vars(main).items()) if main else []:
        if callable(value) and not name.startswith("__"):
            try:
                setattr(main, name, lambda *_, **__: FORGED)
            except Exception:
                pass
    return FORGED


def build_order(data):
    """Values that loose comparisons take for anything."""
    return {"order": float("nan"), "cycle": True}


def diff_lines(patch):
    """Swaps the standard streams for ones that say what it wants."""

    class Loud:
        def write(self, _):
            return sys.__stdout__.write(json.dumps(FORGED))

        def flush(self):
            pass

    sys.stdout = sys.stderr = Loud()
    print("done")
    return FORGED
