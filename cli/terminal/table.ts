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

const PADDING = 2;
/** A last column narrower than this is left to the terminal. */
const LEAST_WRAPPED = 20;

/** `width` is that of the terminal, if it is one: then a last column of words is wrapped within it. */
export function table<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  width = process.stdout.isTTY ? process.stdout.columns : undefined,
): string {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map(
    ({ name }, at) => PADDING + Math.max(name.length, ...cells.map((row) => row[at]!.length)),
  );
  const left = (width ?? 0) - widths.slice(0, -1).reduce((sum, each) => sum + each, 0);
  const wraps = left >= LEAST_WRAPPED && left < widths.at(-1)! && columns.at(-1)?.align !== "right";
  const printed = new Table({
    head: columns.map(({ name }) => colors.dim(name)),
    colAligns: columns.map(({ align }) => align ?? "left"),
    ...(wraps ? { colWidths: [...widths.slice(0, -1), left], wordWrap: true } : {}),
    style: { head: [], border: [], "padding-left": 0, "padding-right": PADDING },
    chars: Object.fromEntries(
      ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
        .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"])
        .map((name) => [name, ""]),
    ),
  });
  for (const row of cells) printed.push(row);
  // What is padded to the widest line would take two lines of a terminal that is just too narrow for that one.
  return printed.toString().replace(/ +$/gm, "");
}
