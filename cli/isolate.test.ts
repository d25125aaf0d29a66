import { afterAll, beforeAll, describe, expect, test } from "bun:test";
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

describe("says in one line what is wrong and what to do, and leaves 2, when", () => {
  const wrong: Record<string, () => Promise<{ args: string[]; says: RegExp }>> = {
    "nothing is named": async () => ({ args: [], says: /give one FILE.*See / }),
    "two files are": async () => ({ args: [await ok(), await ok()], says: /give one FILE.*See / }),
    "an option is unknown": async () => ({
      args: [await ok(), "--casse"],
      says: /'--casse'. Did you mean --cases. See --help/,
    }),
    "the ending tells no language": async () => ({
      args: [await write("notes.md", "text")],
      says: /does not tell its language.* Or give --runtime/,
    }),
    "the file is not there": async () => ({
      args: [join(folder, "missing.py")],
      says: /is not there. Check/,
    }),
    "the file is a folder": async () => ({ args: [folder], says: /is a folder.* Name a file in it/ }),
    "the file is no text": async () => {
      await Bun.write(join(folder, "garbage.py"), new Uint8Array([0x64, 0xff, 0xfe]));
      return { args: [join(folder, "garbage.py")], says: /is no text in UTF-8. Check/ };
    },
    "the file has a name that isolates do not take": async () => ({
      args: [await write("two words.py", "")],
      says: /no file called "two words.py". Rename it/,
    }),
    "the file never ends": async () => ({ args: ["/dev/zero"], says: /is larger than 1 MiB. A program/ }),
    "a case is no JSON": async () => ({
      args: [await ok(), "--cases", await write("bad.jsonl", "1\n\n{]\n")],
      says: /bad.jsonl: line 3: not strict JSON: .* Write one JSON value per line/,
    }),
    "a case would be another for another parser": async () => ({
      args: [await ok(), "--cases", await write("twice.jsonl", '{"a":1,"a":2}\n')],
      says: /line 1: not strict JSON: the key "a" twice. Write/,
    }),
    "there is no case": async () => ({
      args: [await ok(), "--cases", await write("empty.jsonl", "\n\n")],
      says: /has no cases. Write/,
    }),
    "there are too many cases": async () => ({
      args: [await ok(), "--cases", await write("many.jsonl", "1\n".repeat(1_001))],
      says: /more than 1000 cases. Split it/,
    }),
    "both cases and standard input are given": async () => ({
      args: [await ok(), "--cases", await write("one.jsonl", "1\n"), "--stdin", await ok()],
      says: /not both. With --cases/,
    }),
    "limits are no JSON": async () => ({
      args: [await ok(), "--limits", "fast"],
      says: /is not JSON: "fast". /,
    }),
    "a limit is too small": async () => ({
      args: [await ok(), "--limits", '{"wallMs":0}'],
      says: /--limits.wallMs: 0 is not allowed.* See --help/,
    }),
    "a limit is misspelt": async () => ({
      args: [await ok(), "--limits", '{"wallms":1}'],
      says: /Unrecognized key: "wallms". See --help/,
    }),
    "the function has no name": async () => ({
      args: [await ok(), "--call", "a b"],
      says: /--call: "a b" is not/,
    }),
    "the tools file is not there": async () => ({
      args: [await ok(), "--tools", join(folder, "none.json")],
      says: /does not exist. Check the path/,
    }),
  };
  const ok = () => write("ok.py", "def solve(x):\n    return x\n");
  for (const [name, make] of Object.entries(wrong)) {
    test(name, async () => {
      const { args, says } = await make();
      const { code, out, err } = await isolate(...args);
      expect(err).toMatch(says);
      expect([code, out, err.trim().split("\n").length]).toEqual([2, "", 1]);
    });
  }
});

test("a full disk under its output is a failure, a reader that has gone is none", async () => {
  const file = await write("double.py", "def solve(x):\n    return x * 2\n");
  const cases = await write("numbers.jsonl", "1\n2\n");
  const command = `"$@" --cases ${cases} --json`;
  const sh = async (script: string) => {
    const child = Bun.spawn(
      ["bash", "-c", script, "sh", process.execPath, MAIN, "isolate", "--cache", CACHE, file],
      { stdout: "pipe", stderr: "pipe" },
    );
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { out, err };
  };
  const full = await sh(`${command} >/dev/full; echo $?`);
  expect(full.err).toMatch(/^orrery isolate: the result cannot be written.* Make space where it goes.*\n$/);
  expect(full.out).toBe("1\n");
  expect(await sh(`${command} | head -c0; echo \${PIPESTATUS[0]}`)).toEqual({ out: "0\n", err: "" });
}, 60_000);

test("what a program says cannot steer a terminal or pass for another verdict", async () => {
  const file = await write(
    "steering.py",
    'def solve(x):\n    if x == 1:\n        return "\\x9b2J\\u202e"\n    raise Exception("bad\\ncase 3: ok 42")\n',
  );
  const { out } = await isolate(file, "--cases", await write("two.jsonl", "1\n2\n"));
  expect(out).toContain('case 1: ok "\\u009b2J\\u202e"');
  expect(out.match(/^case .*: /gm)).toHaveLength(2);
}, 60_000);

test("an interrupted run ends at once, says so and leaves 40", async () => {
  const file = await write("endless.py", "def solve(x):\n    while True:\n        print(end='')\n");
  const cases = await write("one.jsonl", "1\n");
  const limits = '{"wallMs":600000,"cpuMs":600000,"fuel":9000000000000000}';
  const child = Bun.spawn(
    [process.execPath, MAIN, "isolate", "--cache", CACHE, file, "--cases", cases, "--limits", limits],
    { stdout: "pipe", stderr: "pipe" },
  );
  await busy(child.pid);
  child.kill("SIGINT");
  expect([await child.exited, await new Response(child.stderr).text()]).toEqual([
    40,
    "orrery isolate: interrupted, nothing was judged\n",
  ]);
}, 60_000);

/** Until a command has started a process: it has seen to its signals by then. */
async function busy(pid: number): Promise<void> {
  while ((await Bun.$`ps -o pid= --ppid ${pid}`.nothrow().quiet().text()) === "") await Bun.sleep(10);
}

test("a cache that cannot be written is named, and where another one is given", async () => {
  const file = await write("ok.py", "def solve(x):\n    return x\n");
  const { code, err } = await isolate(file, "--backend", "process", "--cache", file);
  expect([code, err.split("\n").at(-2)]).toEqual([
    1,
    expect.stringMatching(/the cache .*ok.py is no folder. Make it writable.*--cache DIR/),
  ]);
});

test("a back end without the program's language says which one has it", async () => {
  const file = await write("ok.js", "const solve = (x) => x;\n");
  const { code, err } = await isolate(file, "--backend", "process");
  expect([code, err]).toEqual([
    2,
    expect.stringContaining("runs no javascript. It runs python. Wasmtime runs all"),
  ]);
});

test("an engine that is out of reach is a line that says what to start or name", async () => {
  const file = await write("ok.py", "def solve(x):\n    return x\n");
  const { code, err } = await isolate(file, "--backend", "docker", "--docker-socket", "/nonexistent");
  expect([code, err.split("\n").at(-2)]).toEqual([
    1,
    expect.stringMatching(/the engine cannot be reached. Start Docker, .*--docker-socket/),
  ]);
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
