import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../test/support/temp-folder.ts";
import { launchCommand } from "./launch.ts";

const run = (command: string[]) => Bun.spawnSync(command, { env: { PATH: "/usr/bin:/bin" } });
/** Root may raise its limits, wherever it has all of its capabilities. */
const powerless = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"] : [];

test("joins every group as the very process that the command becomes", () => {
  using folder = tempFolder();
  const join2 = ["one", "two"].map((name) => join(folder.path, name));
  for (const file of join2) writeFileSync(file, "");
  const { stdout } = run(launchCommand({ command: ["sh", "-c", "echo $$"], join: join2, rlimits: {} }));
  expect(join2.map((file) => readFileSync(file, "utf8"))).toEqual([stdout.toString(), stdout.toString()]);
});

test("does not start what cannot join its group, or cannot take its filter", () => {
  const nowhere = "/nowhere/cgroup.procs";
  for (const lacking of [{ join: [nowhere] }, { filter: nowhere }]) {
    const { exitCode, stdout } = run(launchCommand({ command: ["echo", "ran"], rlimits: {}, ...lacking }));
    expect([exitCode === 0, stdout.toString()]).toEqual([false, ""]);
  }
});

test("takes limits that cannot be raised again, and hands the filter over as descriptor 9", () => {
  using folder = tempFolder();
  const filter = join(folder.path, "a filter's file");
  writeFileSync(filter, "program");
  const script = "ulimit -n; ulimit -n 100 2>/dev/null || echo kept; cat <&9";
  const command = [...powerless, "sh", "-c", script];
  const { stdout } = run(launchCommand({ command, filter, rlimits: { n: 40.7 } }));
  expect(stdout.toString()).toBe("40\nkept\nprogram");
});

test("hands arguments over untouched", () => {
  const odd = ["--", "a b", "$(id)", "'\"", "*", ""];
  const { stdout } = run(launchCommand({ command: ["printf", "%s|", ...odd], rlimits: {} }));
  expect(stdout.toString()).toBe(odd.map((word) => `${word}|`).join(""));
});
