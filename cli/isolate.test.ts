import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processMissing } from "../test/provision/process.ts";
import { answering, assemble } from "../test/support/wat.ts";

const MAIN = join(import.meta.dir, "main.ts");
const CACHE = join(import.meta.dir, "..", ".orrery", "cache");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orrery-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

const write = async (name: string, text: string): Promise<string> => {
  await Bun.write(join(folder, name), text);
  return join(folder, name);
};

async function isolate(...args: string[]) {
  const child = Bun.spawn([process.execPath, MAIN, "isolate", "--cache", CACHE, ...args], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out, err, code };
}

test("calls solve with each line and prints one JSON object", async () => {
  const file = await write("double.py", "def solve(x):\n    print('seen')\n    return x * 2\n");
  const cases = await write("cases.jsonl", '1\n"a"\n\n[1]\n');
  const { out, code } = await isolate(file, "--cases", cases, "--json");
  const printed = JSON.parse(out);
  expect(code).toBe(0);
  expect(printed.backend).toBe("wasmtime");
  expect(
    printed.cases.map(({ outcome, output }: { outcome: string; output: unknown }) => [outcome, output]),
  ).toEqual([
    ["ok", 2],
    ["ok", "aa"],
    ["ok", [1, 1]],
  ]);
  expect(printed.cases[0].stdout).toBe("seen\n");
  expect(printed.isolate.runtime).toBe("python");
}, 120_000);

test("gives a program its standard input", async () => {
  const file = await write("shout.py", "print(input().upper())\n");
  const { out, code } = await isolate(file, "--stdin", await write("in.txt", "hello\n"));
  expect([code, out.includes("HELLO")]).toEqual([0, true]);
});

test("takes the language from the file's ending", async () => {
  const script = await write("double.mjs", "export const solve = (x) => x * 2;\n");
  const module = join(folder, "echo.wasm");
  await Bun.write(
    module,
    assemble(answering('(func (export "_start") (call $answer (i32.const 1024) (call $input)))')),
  );
  const cases = await write("numbers.jsonl", "1\n2.5\n");
  const run = async (...args: string[]) => {
    const { out, code } = await isolate(...args, "--cases", cases, "--json");
    const printed = JSON.parse(out);
    return [code, printed.isolate.runtime, printed.cases.map(({ output }: { output: unknown }) => output)];
  };
  expect(await run(script)).toEqual([0, "javascript", [2, 5]]);
  expect(await run(script, "--loop")).toEqual([0, "javascript", [2, 5]]);
  expect(await run(module)).toEqual([0, "wasm", [1, 2.5]]);
}, 60_000);

test("says so when a file with a function is run as a program", async () => {
  const { err, code } = await isolate(await write("function.py", "def solve(x):\n    return x\n"));
  expect([code, err.includes("--cases")]).toEqual([0, true]);
}, 60_000);

test.each([
  ["an error", "def solve(x):\n    return 1 / 0\n", "{}", 10],
  ["a malformed answer", "def solve(x):\n    return {1, 2}\n", "{}", 11],
  ["a sleep past the limit", "import time\ndef solve(x):\n    time.sleep(60)\n", '{"wallMs":1000}', 20],
  ["too much fuel", "def solve(x):\n    while True: pass\n", '{"fuel":500000000}', 22],
  ["too much memory", "def solve(x):\n    return len(bytearray(1 << 30))\n", "{}", 30],
  ["too much output", "def solve(x):\n    while True: print(x)\n", '{"outputBytes":10000}', 31],
])("tells %s by its exit code", async (_, source, limits, exit) => {
  const file = await write("bad.py", source);
  const { code } = await isolate(file, "--cases", await write("one.jsonl", "1\n"), "--limits", limits);
  expect(code).toBe(exit);
});

test("says in one line what is wrong with the call, and leaves 2", async () => {
  const file = await write("ok.py", "def solve(x):\n    return x\n");
  for (const args of [
    [],
    [join(folder, "missing.py")],
    [file, "--cases", await write("bad.jsonl", "1\n{]\n")],
    [file, "--limits", '{"wallMs":0}'],
  ]) {
    const { code, err } = await isolate(...args);
    expect([code, err.trim().split("\n").length]).toEqual([2, 1]);
  }
});

test("explains itself", async () => {
  const { out, code } = await isolate("--help");
  expect(code).toBe(0);
  for (const word of ["--cases", "--limits", "Exit codes", "isolate setup"]) expect(out).toContain(word);
});

test("setup makes it ready and says which layers stand", async () => {
  const { out, code } = await isolate("setup");
  expect([code, out.startsWith("ready: wasmtime")]).toEqual([0, true]);
}, 120_000);

const noProcesses = await processMissing();
test.skipIf(noProcesses !== undefined)(
  "runs a program in a hardened process, and tells its outcome",
  async () => {
    const file = await write("limits.py", "def solve(x):\n    return [x] * x\n");
    const cases = await write("sizes.jsonl", "2\n1000000000\n");
    const { out, code } = await isolate("--backend", "process", file, "--cases", cases, "--json");
    const printed = JSON.parse(out);
    expect(printed.backend).toBe("process");
    expect(printed.cases.map((each: { outcome: string }) => each.outcome)).toEqual(["ok", "memory-limit"]);
    expect(printed.isolate.engine).toMatch(/^python 3\.\d+\.\d+, bubblewrap, seccomp, /);
    expect(code).toBe(30);
  },
);
