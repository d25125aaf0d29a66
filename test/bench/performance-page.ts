/** `docs/performance.md`, written from what was measured. */
import { arch, cpus, totalmem } from "node:os";
import type { BenchRow } from "./row.ts";

export function performancePage(rows: readonly BenchRow[]): string {
  const [cpu] = cpus();
  const figure = (value: number | null) =>
    value === null ? "" : Number(value.toPrecision(4)).toLocaleString("en-US");
  return [
    "# Performance",
    "",
    "Written by `bun run bench --write docs/performance.md`; do not edit. Each figure is the median of interleaved",
    "repeats, and its floor (the same work without Orrery) was measured in the same run, since machines are noisy:",
    "compare ratios, not absolute figures.",
    "",
    `Measured on ${cpus().length} cores (${cpu?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${arch()}, Bun ${Bun.version}.`,
    "",
    "| what | value | floor | ratio | goal | holds |",
    "|---|--:|--:|--:|---|---|",
    ...rows.map(
      ({ name, value, unit, floor, ratio, goal, holds }) =>
        `| ${name} | ${figure(value)} ${unit} | ${figure(floor)} | ${figure(ratio)} | ${goal} | ${holds ? "yes" : "**no**"} |`,
    ),
    "",
  ].join("\n");
}
