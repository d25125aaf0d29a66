import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rejection } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { until } from "../../test/support/until.ts";
import { createBunSpawn } from "./bun-spawn.ts";
import { createSystemClock } from "./system-clock.ts";

const clock = createSystemClock();
const spawn = createBunSpawn({ clock });
const sh = (script: string) => ["/bin/sh", "-c", script];
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
/** Killed processes without a parent may stay as zombies where nobody reaps them. */
const dead = (pid: number): boolean => {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
};

test("gives input, takes output, errors and extra pipes apart, and tells the exit code", async () => {
  const script = "cat; echo err >&2; echo three >&3; echo four >&4; exit 7";
  const result = await spawn.run({ command: sh(script), stdin: "in", pipes: 2 });
  expect(result).toMatchObject({ exitCode: 7, signalCode: null, overflow: false });
  expect(text(result.stdout)).toBe("in");
  expect(text(result.stderr)).toBe("err\n");
  expect(result.pipes.map(text)).toEqual(["three\n", "four\n"]);
  expect(result.usage.wallMs).toBeGreaterThan(0);
  expect(result.usage.cpuMs).not.toBeNull();
});

test("an abort kills the whole process group at once", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "pid");
  const stop = new AbortController();
  const running = spawn.run({
    command: ["/bin/sh", "-c", 'sleep 600 & echo $! > "$0.part"; mv "$0.part" "$0"; wait', file],
    env: { PATH: "/usr/bin:/bin" },
    signal: stop.signal,
  });
  await until(() => existsSync(file), "the child has started its own child");
  stop.abort();
  expect(await running).toMatchObject({ exitCode: null, signalCode: "SIGKILL" });
  const grandchild = Number(readFileSync(file, "utf8"));
  expect(grandchild).toBeGreaterThan(1);
  await until(() => dead(grandchild), "the grandchild is dead");
});

test("what the child leaves behind in its group dies with it", async () => {
  const result = await spawn.run({ command: sh("sleep 600 & echo $!") });
  expect(result.exitCode).toBe(0);
  const left = Number(text(result.stdout));
  expect(left).toBeGreaterThan(1);
  await until(() => dead(left), "the process left behind is dead");
});

test.each([["stdout"], ["stderr"], ["pipe"]])(
  "too much on %s kills the child and keeps the first bytes",
  async (where) => {
    const target = { stdout: "1", stderr: "2", pipe: "3" }[where];
    const result = await spawn.run({ command: sh(`yes >&${target}`), maxOutputBytes: 1_000, pipes: 1 });
    expect(result).toMatchObject({ overflow: true, signalCode: "SIGKILL" });
    expect([result.stdout, result.stderr, result.pipes[0]!].map((each) => each.byteLength).sort()).toEqual([
      0, 0, 1_000,
    ]);
  },
);

test("only the given environment reaches the child", async () => {
  const result = await spawn.run({ command: ["/usr/bin/env"], env: { ONLY: "this" } });
  expect(text(result.stdout)).toBe("ONLY=this\n");
});

test("a child that ignores its input does not hang its parent", async () => {
  const result = await spawn.run({ command: sh("exit 0"), stdin: new Uint8Array(8_000_000) });
  expect(result.exitCode).toBe(0);
});

test("a command that does not exist is unavailable, and an aborted signal starts nothing", async () => {
  const failure = await rejection(spawn.run({ command: ["/nowhere/orrery"] }));
  expect(failure).toMatchObject({ code: "unavailable", meta: { command: "/nowhere/orrery" } });
  const aborted = spawn.run({ command: sh("exit 0"), signal: AbortSignal.abort() });
  expect((await rejection(aborted)).code).toBe("cancelled");
});
