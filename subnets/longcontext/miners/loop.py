"""The demo miner that never comes back: every function works, for ever."""


def forever(_):
    count = 0
    while True:
        count += 1


changelog_entries = find_signatures = import_graph = class_order = merge_bookings = forever
log_summary = table_join = build_order = diff_lines = forever
