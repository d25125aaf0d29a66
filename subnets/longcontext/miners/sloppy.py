"""The demo miner in a hurry: plausible first drafts that pass simple tests and miss the edge cases."""
import re


def changelog_entries(text):
    entries, section = [], "Other"
    for line in text.split("\n"):
        heading = re.match(r"## \[?([^\]\s]+)\]?(?: - (\S+))?", line)
        if heading:
            entries.append({"version": heading[1], "date": heading[2], "changes": {}})
        elif line.startswith("### "):
            section = line[4:]
        elif line.startswith("- ") and entries:
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
    for name, bases in re.findall(r"^class (\w+)(?:\((.*?)\))?:", source, re.M):
        order = [name]
        for base in filter(None, (base.strip() for base in bases.split(","))):
            order += [other for other in orders.get(base, [base]) if other not in order]
        orders[name] = order
    return orders


def merge_bookings(data):
    rooms = {}
    for booking in sorted(data["bookings"], key=lambda booking: booking["start"]):
        busy = rooms.setdefault(booking["room"], [])
        if busy and booking["start"] < busy[-1][1]:
            busy[-1][1] = max(busy[-1][1], booking["end"])
        else:
            busy.append([booking["start"], booking["end"]])
    return {
        room: {"busy": busy, "minutes": sum(e - s for s, e in busy), "longest_gap": 0} for room, busy in rooms.items()
    }


def log_summary(text):
    services = {}
    for line in text.split("\n"):
        parts = line.split(" ", 3)
        if len(parts) < 4:
            continue
        service = services.setdefault(parts[2].strip(":"), {"lines": 0, "levels": {}, "mean_ms": 0, "p95_ms": 0})
        service["lines"] += 1
        service["levels"][parts[1]] = service["levels"].get(parts[1], 0) + 1
    return services


def table_join(tables):
    def read(text):
        header, *rows = [line.split(",") for line in text.strip().split("\n")]
        return [dict(zip(header, row)) for row in rows]

    right = {row.get(tables["key"]): row for row in read(tables["right"])}
    return [{**row, **right.get(row[tables["key"]], {})} for row in read(tables["left"])]


def build_order(data):
    targets, order = data["targets"], []

    def visit(name, path=()):
        if name in order or name in path:
            return
        for need in sorted(targets.get(name, [])):
            visit(need, path + (name,))
        order.append(name)

    # Depth first gives a valid order, though often not the smallest one.
    for name in sorted(targets):
        visit(name)
    return {"order": order}


def diff_lines(patch):
    files, new = [], 0
    for line in patch.split("\n"):
        if line.startswith("+++ "):
            files.append({"file": line[6:], "added": [], "removed": []})
        elif line.startswith("@@"):
            new = int(re.search(r"\+(\d+)", line)[1])
        elif files and line.startswith("+"):
            files[-1]["added"].append(new)
            new += 1
        elif files and line.startswith("-") and not line.startswith("---"):
            files[-1]["removed"].append(new)
        else:
            new += 1
    return files
