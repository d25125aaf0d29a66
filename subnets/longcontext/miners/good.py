"""The demo miner that does the work: every challenge, edge cases included. Standard library only."""
import ast
import re


def changelog_entries(text):
    entries, section, open_bullet, fenced = [], "Other", None, False
    for line in text.split("\n"):
        bullet, open_bullet = open_bullet, None
        if line.startswith("```"):
            fenced = not fenced
            continue
        if fenced:
            continue
        heading = re.match(r"## \[?([^\]\s]+)\]?(?: (?:- |\()(\d{4}-\d{2}-\d{2})\)?)?$", line)
        if heading:
            entries.append({"version": heading[1], "date": heading[2], "changes": {}})
            section = "Other"
        elif not entries:
            continue
        elif line.startswith("### "):
            section = line[4:].strip()
        elif line[:2] in ("- ", "* "):
            open_bullet = entries[-1]["changes"].setdefault(section, [])
            open_bullet.append(line[2:].strip())
        elif bullet is not None and line.startswith("  "):
            open_bullet = bullet
            bullet[-1] += " " + line.strip()
    return entries


def find_signatures(source):
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            args = node.args
            params = [arg.arg for arg in args.posonlyargs + args.args]
            params += ["*" + args.vararg.arg] if args.vararg else []
            params += [arg.arg for arg in args.kwonlyargs]
            params += ["**" + args.kwarg.arg] if args.kwarg else []
            is_async = isinstance(node, ast.AsyncFunctionDef)
            found.append((node.lineno, node.col_offset, node.name, params, is_async))
    found.sort()
    return [{"name": n, "params": p, "line": line, "async": a} for line, _, n, p, a in found]


def import_graph(project):
    files = project["files"]
    graph = {}
    for module, source in files.items():
        found = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                parent = module.split(".")[: -node.level] if node.level else []
                base = ".".join(parent + ([node.module] if node.module else []))
                for alias in node.names:
                    whole = base + "." + alias.name if base else alias.name
                    found.add(whole if whole in files else base)
        graph[module] = sorted(name for name in found if name in files and name != module)
    return graph


def class_order(source):
    orders = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
        names = [base.id for base in bases if base.id != "object"]
        above = [orders.get(name, [name]) for name in names]
        merged = None if None in above else merge(above + [names])
        orders[node.name] = None if merged is None else [node.name] + merged
    return orders


def merge(lists):
    order, lists = [], [list(one) for one in lists if one]
    while lists:
        tails = {name for one in lists for name in one[1:]}
        head = next((one[0] for one in lists if one[0] not in tails), None)
        if head is None:
            return None
        order.append(head)
        lists = [rest for one in lists if (rest := one[1:] if one[0] == head else one)]
    return order


def merge_bookings(data):
    rooms = {}
    for booking in sorted(data["bookings"], key=lambda booking: booking["start"]):
        start, end = booking["start"], booking["end"]
        if end <= start:
            continue
        busy = rooms.setdefault(booking["room"], [])
        if busy and start <= busy[-1][1]:
            busy[-1][1] = max(busy[-1][1], end)
        else:
            busy.append([start, end])
    return {
        room: {
            "busy": busy,
            "minutes": sum(end - start for start, end in busy),
            "longest_gap": max((b[0] - a[1] for a, b in zip(busy, busy[1:])), default=None),
        }
        for room, busy in rooms.items()
    }


def log_summary(text):
    services, durations = {}, {}
    pattern = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (DEBUG|INFO|WARN|ERROR) ([a-z]+): (.*)$")
    for line in text.split("\n"):
        match = pattern.match(line)
        if not match:
            continue
        level, service, message = match.groups()
        seen = services.setdefault(service, {"lines": 0, "levels": {}, "mean_ms": None, "p95_ms": None})
        seen["lines"] += 1
        seen["levels"][level] = seen["levels"].get(level, 0) + 1
        took = re.findall(r"\btook=(\d+(?:\.\d+)?)ms\b", message)
        if took:
            durations.setdefault(service, []).append(float(took[-1]))
    for service, times in durations.items():
        times.sort()
        services[service]["mean_ms"] = sum(times) / len(times)
        services[service]["p95_ms"] = times[-(-95 * len(times) // 100) - 1]
    return services


def table_join(tables):
    (left, left_rows), (right, right_rows) = read_table(tables["left"]), read_table(tables["right"])
    key = tables["key"]
    added = {column: column + "_right" if column in left else column for column in right if column != key}
    by_key = {}
    for row in right_rows:
        by_key.setdefault(row[key], []).append(row)
    return [
        {**row, **{name: other[column] if other else None for column, name in added.items()}}
        for row in left_rows
        for other in by_key.get(row[key], [None])
    ]


def read_table(text):
    rows, row, field, at, quoted = [], [], "", 0, False
    text += "" if text.endswith("\n") else "\n"
    while at < len(text):
        character = text[at]
        if quoted and text[at : at + 2] == '""':
            field += '"'
            at += 1
        elif character == '"':
            quoted = not quoted
        elif quoted or character not in ",\n":
            field += character
        else:
            row.append(field)
            field = ""
            if character == "\n":
                rows.append(row)
                row = []
        at += 1
    columns, *rest = [row for row in rows if row != [""]]
    return columns, [dict(zip(columns, row)) for row in rest]


def build_order(data):
    depends = {name: set(needs) for name, needs in data["targets"].items()}
    for name in {need for needs in depends.values() for need in needs}:
        depends.setdefault(name, set())
    reach = {name: reachable(name, depends) for name in depends}
    cycle = sorted(name for name in depends if name in reach[name])
    if cycle:
        return {"cycle": cycle}
    order, done = [], set()
    while len(order) < len(depends):
        name = min(name for name, needs in depends.items() if name not in done and needs <= done)
        order.append(name)
        done.add(name)
    return {"order": order}


def reachable(name, depends):
    found, waiting = set(), list(depends[name])
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting.extend(depends[other])
    return found


def diff_lines(patch):
    files, old_path = [], ""
    old_left = new_left = old_line = new_line = 0
    for line in patch.split("\n"):
        if line.startswith("\\"):
            continue
        if old_left > 0 or new_left > 0:
            sign = line[:1] or " "
            if sign == "+":
                files[-1]["added"].append(new_line)
            if sign == "-":
                files[-1]["removed"].append(old_line)
            if sign != "+":
                old_line, old_left = old_line + 1, old_left - 1
            if sign != "-":
                new_line, new_left = new_line + 1, new_left - 1
            continue
        hunk = re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line)
        if hunk:
            old_line, new_line = int(hunk[1]), int(hunk[3])
            old_left, new_left = int(hunk[2] or 1), int(hunk[4] or 1)
        elif line.startswith("--- "):
            old_path = line[6:]
        elif line.startswith("+++ "):
            path = old_path if line == "+++ /dev/null" else line[6:]
            files.append({"file": path, "added": [], "removed": []})
    return files
