"""The demo miner that breaks: each function raises, each in its own way."""


def changelog_entries(text):
    return text["entries"]


def find_signatures(source):
    raise NotImplementedError("signatures are coming next week")


def import_graph(project):
    return project["modules"]


def class_order(source):
    return class_order(source)


def merge_bookings(data):
    return sum(booking["room"] for booking in data["bookings"])


def log_summary(text):
    return len(text) / 0


def table_join(tables):
    return [row for row in tables.left]


def build_order(data):
    assert data is None, "expected no data at all"


def diff_lines(patch):
    return b"not JSON at all \xff"
