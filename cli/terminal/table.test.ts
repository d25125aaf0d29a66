import { expect, test } from "bun:test";
import { type Column, table } from "./table.ts";

const columns: Column<readonly [string, string]>[] = [
  { name: "check", cell: ([name]) => name },
  { name: "found", cell: ([, found]) => found },
];
const rows = [
  ["clock", "The registry does not answer. Fix: check the address."],
  ["nats", "ok"],
] as const;

test("no line ends in blanks", () => {
  expect(
    table(columns, rows, undefined)
      .split("\n")
      .filter((line) => line.endsWith(" ")),
  ).toEqual([]);
});

test("words of the last column are wrapped where the terminal ends, and only where they have to be", () => {
  const narrow = table(columns, rows, 40).split("\n");
  expect(narrow.every((line) => line.length <= 40)).toBe(true);
  expect(narrow.join(" ").replace(/\s+/g, " ")).toContain(
    "The registry does not answer. Fix: check the address.",
  );
  expect(table(columns, rows, 200)).toBe(table(columns, rows, undefined));
  expect(table(columns, rows, 12)).toBe(table(columns, rows, undefined));
});
