"""The demo miner in a hurry: plausible first drafts that pass simple tests and miss the edge cases."""
import re


def changelog_entries(text):
    entries, section = [], "Other"
    for line in text.split("\n"):
        heading = re.match(r"## \[?([^\]\s]+)\]?(?: [-(] ?([\d-]+))?", line)
        if heading:
            entries.append({"version": heading[1], "date": heading[2], "changes": {}})
            section = "Other"
        elif line.startswith("### "):
            section = line[4:]
        elif line[:2] in ("- ", "* ") and entries:
            entries[-1]["changes"].setdefault(section, []).append(line[2:])
    return entries


def find_signatures(source):
    found = []
    for number, line in enumerate(source.split("\n"), 1):
        match = re.match(r"\s*(async )?def (\w+)\((.*)\)", line)
        if match:
            params = [part.split("=")[0].split(":")[0].strip() for part in match[3].split(",") if part]
            found.append({"name": match[2], "params": params, "line": number, "async": bool(match[1])})
    return found


def import_graph(project):
    files = project["files"]
    graph = {}
    for module, source in files.items():
        names = re.findall(r"^(?:import|from) ([\w.]+)", source, re.M)
        graph[module] = sorted({name for name in names if name in files})
    return graph


def class_order(source):
    orders = {}
    source = re.sub(r'"""[\s\S]*?"""', "", source)
    for name, bases in re.findall(r"^class (\w+)(?:\((.*?)\))?:", source, re.M):
        bases = [base.split("[")[0].strip() for base in bases.split(",") if base and "=" not in base]
        above = [other for base in bases if base != "object" for other in orders.get(base, [base])]
        # The last mention of a class decides, which is nearly what Python does.
        orders[name] = [name] + [other for at, other in enumerate(above) if other not in above[at + 1 :]]
    return orders


def merge_bookings(data):
    rooms = {}
    for booking in sorted(data["bookings"], key=lambda booking: booking["start"]):
        busy = rooms.setdefault(booking["room"], [])
        if busy and booking["start"] <= busy[-1][1]:
            busy[-1][1] = max(busy[-1][1], booking["end"])
        else:
            busy.append([booking["start"], booking["end"]])
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
    for line in text.split("\n"):
        match = re.match(r"\S+Z (DEBUG|INFO|WARN|ERROR) ([a-z]+):", line)
        if not match:
            continue
        level, name = match.groups()
        service = services.setdefault(name, {"lines": 0, "levels": {}, "mean_ms": None, "p95_ms": None})
        service["lines"] += 1
        service["levels"][level] = service["levels"].get(level, 0) + 1
        took = re.search(r"took=([\d.]+)ms", line)
        if took:
            durations.setdefault(name, []).append(float(took[1]))
    for name, times in durations.items():
        times.sort()
        services[name]["mean_ms"] = sum(times) / len(times)
        services[name]["p95_ms"] = times[int(0.95 * len(times))]
    return services


def table_join(tables):
    def read(text):
        header, *rows = [line.split(",") for line in text.strip().split("\n")]
        return [dict(zip(header, row)) for row in rows]

    right = {row.get(tables["key"]): row for row in read(tables["right"])}
    return [{**row, **right.get(row[tables["key"]], {})} for row in read(tables["left"])]


def build_order(data):
    # Nobody would write a cycle, surely.
    waiting = {name: set(needs) for name, needs in data["targets"].items()}
    for name in {need for needs in waiting.values() for need in needs}:
        waiting.setdefault(name, set())
    order = []
    while len(order) < len(waiting):
        ready = [name for name, needs in waiting.items() if name not in order and needs <= set(order)]
        order.append(min(ready))
    return {"order": order}


def diff_lines(patch):
    files, old, new = [], 0, 0
    for line in patch.split("\n"):
        if line.startswith("+++ "):
            files.append({"file": line[6:], "added": [], "removed": []})
        elif line.startswith("@@"):
            old, new = (int(start) for start in re.findall(r"[-+](\d+)", line)[:2])
        elif files and line.startswith("+"):
            files[-1]["added"].append(new)
            new += 1
        elif files and line.startswith("-") and not line.startswith("---"):
            files[-1]["removed"].append(old)
            old += 1
        elif files and line.startswith(" "):
            old, new = old + 1, new + 1
    return files
