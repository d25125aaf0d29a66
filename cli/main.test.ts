/** What every verb has in common: how it is asked for, and what it says of trouble. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };

function orrery(...args: string[]): { code: number; out: string; error: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync([
    process.execPath,
    join(import.meta.dir, "main.ts"),
    ...args,
  ]);
  return { code: exitCode, out: stdout.toString(), error: stderr.toString() };
}

test("tells its version", () => {
  expect(orrery("--version")).toEqual({ code: 0, out: `orrery ${manifest.version}\n`, error: "" });
});

test("a word that is no verb is said first, then all verbs", () => {
  const { code, error } = orrery("frobnicate");
  expect(code).toBe(2);
  expect(error).toStartWith('orrery: "frobnicate" is no verb\n');
  expect(error).toContain("\n  simulate");
});

describe("one line, and no stack", () => {
  const file = import.meta.path;
  const lines: [string, string[], string][] = [
    [
      "a value that begins with a dash",
      ["simulate", "--miners", "-1"],
      "orrery simulate: --miners lacks its value, or has one that begins with a dash: write --miners=VALUE then. See --help.\n",
    ],
    [
      "an option without its value",
      ["simulate", "--miners"],
      "orrery simulate: --miners lacks its value, or has one that begins with a dash: write --miners=VALUE then. See --help.\n",
    ],
    [
      "a file where a folder is to be",
      ["nats-config", "--out", file],
      `orrery nats-config: ${file} cannot be reached: a part of the path is a file. Check the path.\n`,
    ],
    [
      "a folder in which nothing can be made",
      ["nats-config", "--out", "/proc/orrery"],
      "orrery nats-config: /proc/orrery is not there. Check the path.\n",
    ],
  ];
  for (const [what, args, line] of lines) {
    test(what, () => expect(orrery(...args)).toEqual({ code: 2, out: "", error: line }));
  }
});
