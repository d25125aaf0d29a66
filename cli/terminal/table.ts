/** Tables for people: borders only where they help. */
import Table from "cli-table3";
import picocolors from "picocolors";

/** Only on a terminal: what reads a pipe, a CI log or a program, wants the words. */
const colors = picocolors.createColors(picocolors.isColorSupported && process.stdout.isTTY === true);

export interface Column<T> {
  name: string;
  align?: "left" | "right";
  cell: (row: T) => string;
}

export function table<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const printed = new Table({
    head: columns.map(({ name }) => colors.dim(name)),
    colAligns: columns.map(({ align }) => align ?? "left"),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    chars: Object.fromEntries(
      ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
        .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"])
        .map((name) => [name, ""]),
    ),
  });
  for (const row of rows) printed.push(columns.map(({ cell }) => cell(row)));
  return printed.toString();
}
