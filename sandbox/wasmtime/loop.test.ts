/** Loop mode: one interpreter for all cases of a submission, which never sees an input before its turn. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { provisionWasmtime } from "../../test/provision/isolates.ts";
import { answering, moduleRequest } from "../../test/support/wat.ts";
import type { WasmtimeBackend } from "./backend.ts";

const SOURCES = {
  python: {
    entry: "main.py",
    remember: "seen = []\ndef solve(x):\n    seen.append(x)\n    return list(seen)",
    fail: "n = 0\ndef solve(x):\n    global n\n    n += 1\n    if x == 'raise': raise ValueError(x)\n    while x == 'loop': pass\n    return n",
    print: "def solve(x):\n    print('printed', x)\n    return x",
    chance: "import random\ndef solve(x):\n    return random.random()",
    sleep: "import time\ndef solve(x):\n    time.sleep(x)\n    return x",
    talk: "import os\ndef solve(x):\n    for fd in (0, 1, 2):\n        try: os.write(fd, b'V99')\n        except OSError: pass\n    return x",
    peek: "import os\ndef solve(x):\n    return [x, os.read(1, 100).decode()]",
  },
  javascript: {
    entry: "main.js",
    remember: "const seen = []; function solve(x) { seen.push(x); return seen; }",
    fail: "let n = 0; function solve(x) { n++; if (x === 'raise') throw new Error(x); while (x === 'loop'); return n; }",
    print: "function solve(x) { console.log('printed', x); return x; }",
    chance: "const solve = () => Math.random();",
    sleep: "const solve = (x) => new Promise((done) => setTimeout(() => done(x), x * 1000));",
    talk: "function solve(x) { process.stdout.write('V99'); process.stderr.write('V99'); return x; }",
    peek: "const solve = (x) => [x, ''];",
  },
} as const;

describe("loop mode", () => {
  let backend: WasmtimeBackend;
  beforeAll(async () => {
    backend = await provisionWasmtime();
  }, 120_000);
  afterAll(() => backend.close());

  describe.each(["python", "javascript"] as const)("in %s", (runtime) => {
    const run = async (
      program: Exclude<keyof (typeof SOURCES)["python"], "entry">,
      cases: IsolateRequest["cases"],
      changes: Partial<IsolateRequest> = {},
    ) => {
      const { entry, ...sources } = SOURCES[runtime];
      const request: IsolateRequest = {
        ...{ runtime, files: { [entry]: sources[program] }, entry, cases, loop: true },
        ...{ limits: DEFAULT_LIMITS, seed: 7, ...changes },
      };
      return (await backend.run(request)).cases;
    };
    const outputs = async (...args: Parameters<typeof run>) =>
      (await run(...args)).map(({ outcome, output }) => (outcome === "ok" ? output : outcome));

    test("keeps the interpreter, where one case each would not", async () => {
      expect(await outputs("remember", [1, 2, 3])).toEqual([[1], [1, 2], [1, 2, 3]]);
      expect(await outputs("remember", [1, 2, 3], { loop: false })).toEqual([[1], [2], [3]]);
    });

    test("goes on after an error, and in a fresh interpreter after an end by force", async () => {
      const limits = { ...DEFAULT_LIMITS, fuel: 500_000_000 };
      const found = await outputs("fail", ["a", "raise", "b", "loop", "c", "d"], { limits });
      expect(found).toEqual([1, "error", 3, "fuel-limit", 1, 2]);
    });

    test("gives each case limits and output of its own", async () => {
      const limits = { ...DEFAULT_LIMITS, outputBytes: 200 };
      const results = await run(
        "print",
        Array.from({ length: 30 }, (_, index) => index),
        { limits },
      );
      expect(results.map(({ outcome }) => outcome)).toEqual(results.map(() => "ok"));
      expect(results.map(({ stdout }) => stdout)).toEqual(results.map((_, index) => `printed ${index}\n`));
      const later = results.slice(1).map(({ usage }) => usage.fuel ?? 0);
      expect(Math.max(...later)).toBeLessThan((results[0]?.usage.fuel ?? 0) * 0.7); // starting is over
    });

    test("lets each case sleep as long as its limit, in no time", async () => {
      const limits = { ...DEFAULT_LIMITS, wallMs: 1_000 };
      expect(await outputs("sleep", [0.6, 0.6, 0.6, 2, 0.6], { limits })).toEqual([
        0.6,
        0.6,
        0.6,
        "timeout",
        0.6,
      ]);
    });

    test("is as deterministic as fresh interpreters, and chance goes on", async () => {
      const fuel = async () => {
        const results = await run("chance", [1, 2, 3]);
        return results.map(({ output, usage }) => [output, usage.fuel]);
      };
      const first = await fuel();
      expect(await fuel()).toEqual(first);
      expect(new Set(first.map(([drawn]) => drawn)).size).toBe(3);
    });

    test("takes nothing that a case writes elsewhere for the answer of this or the next", async () => {
      expect(await outputs("talk", [1, 2, 3])).toEqual([1, 2, 3]);
    });

    test("has later inputs outside of the guest until their turn", async () => {
      expect(await outputs("peek", [1, 2])).toEqual([
        [1, ""],
        [2, ""],
      ]);
    });

    test("stops at once when cancelled between and within cases", async () => {
      const { entry, fail } = SOURCES[runtime];
      const limits = { ...DEFAULT_LIMITS, fuel: Number.MAX_SAFE_INTEGER, wallMs: 60_000, cpuMs: 60_000 };
      const request: IsolateRequest = {
        ...{
          runtime,
          files: { [entry]: fail },
          entry,
          cases: ["a", "loop", "b"],
          loop: true,
          limits,
          seed: 1,
        },
      };
      const abort = new AbortController();
      const ended = backend.run(request, { signal: abort.signal }).catch((error) => error.code);
      setTimeout(() => abort.abort(), 200);
      expect(await ended).toBe("cancelled");
    });
  });

  test("is not for submitted modules: each case is an instance of its own, which costs microseconds", async () => {
    const count = answering(
      `(global $n (mut i32) (i32.const 0x30))
       (func (export "_start") (global.set $n (i32.add (global.get $n) (i32.const 1)))
         (i32.store8 (i32.const 1024) (global.get $n)) (call $answer (i32.const 1024) (i32.const 1)))`,
    );
    const { cases } = await backend.run(moduleRequest(count, { cases: [0, 0, 0], loop: true }));
    expect(cases.map(({ output, detail }) => output ?? detail)).toEqual([1, 1, 1]);
  });
});
