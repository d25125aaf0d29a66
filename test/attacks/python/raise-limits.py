# attack: raises the limits that it was given
# outcome: ok
# output: []


def solve(x):
    try:
        import resource
    except ImportError:
        return []
    raised = []
    for name in ("CORE", "CPU", "DATA", "FSIZE", "MEMLOCK", "NOFILE", "NPROC", "AS"):
        kind = getattr(resource, "RLIMIT_" + name)
        _, most = resource.getrlimit(kind)
        if most == resource.RLIM_INFINITY:
            continue
        try:
            resource.setrlimit(kind, (most, most + 1))
            raised.append(name)
        except (OSError, ValueError):
            pass
    return raised
