/** The same program and input give the same outcome, output and fuel, on an idle machine and on a busy one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { provisionWasmtime } from "../../test/provision/isolates.ts";
import { moduleRequest } from "../../test/support/wat.ts";
import type { WasmtimeBackend } from "./backend.ts";

/** Each touches what differs between runs of an ordinary interpreter: hashes, sets, chance, time, floats, memory. */
const PYTHON = `
import random, time, os, math
def solve(n):
    names = {str(i) * 3 for i in range(n)}
    total = sum(hash(name) % 1000 for name in names) + random.random() + time.time()
    return [total, list(names)[:5], os.urandom(4).hex(), math.sin(total), id(names)]
`;
const JAVASCRIPT = `
function solve(n) {
  const names = new Map();
  for (let i = 0; i < n; i++) names.set(String(i).repeat(3), Math.random());
  const total = [...names.values()].reduce((sum, x) => sum + Math.sin(x), Date.now());
  return [total, [...names.keys()].sort().slice(0, 5), new Error("x").stack.length];
}`;
/** Multiplies, divides and adds floats, NaN among them, and answers with the last bits of what came out. */
const MODULE = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $i i32) (local $x f64)
    (drop (call $random (i32.const 64) (i32.const 8)))
    (local.set $x (f64.load (i32.const 64)))
    (loop $again
      (local.set $x (f64.div (f64.mul (local.get $x) (f64.const 1.1)) (f64.sub (local.get $x) (local.get $x))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 1000))))
    (f64.store (i32.const 64) (local.get $x))
    (i32.store8 (i32.const 32) (i32.add (i32.const 0x30) (i32.rem_u (i32.load (i32.const 68)) (i32.const 10))))
    (i32.store (i32.const 0) (i32.const 32)) (i32.store (i32.const 4) (i32.const 1))
    (drop (call $write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))`;

const script = (
  runtime: "python" | "javascript",
  entry: string,
  source: string,
  n: number,
): IsolateRequest => ({
  ...{ runtime, files: { [entry]: source }, entry, cases: Array.from({ length: 100 }, () => n) },
  ...{ limits: DEFAULT_LIMITS, seed: 42 },
});

const PROGRAMS: Record<string, IsolateRequest> = {
  python: script("python", "main.py", PYTHON, 200),
  javascript: script("javascript", "main.js", JAVASCRIPT, 200),
  "a submitted module": moduleRequest(MODULE, { cases: Array.from({ length: 100 }, () => 0), seed: 42 }),
};

describe("wasmtime isolates are deterministic", () => {
  let backend: WasmtimeBackend;
  beforeAll(async () => {
    backend = await provisionWasmtime();
  }, 120_000);
  afterAll(() => backend.close());

  /** What was seen in so many hundred runs, two children at a time. */
  async function observed(request: IsolateRequest, hundreds: number): Promise<string[]> {
    const seen: string[] = [];
    for (let done = 0; done < hundreds; done += 2) {
      const pair = await Promise.all([backend.run(request), backend.run(request)]);
      for (const { cases } of pair) {
        for (const { outcome, output, detail, usage } of cases) {
          seen.push(JSON.stringify([outcome, output, detail, usage.fuel, usage.peakBytes]));
        }
      }
    }
    return seen;
  }

  async function underLoad<Result>(work: () => Promise<Result>): Promise<Result> {
    const busy = Array.from({ length: 3 }, () => Bun.spawn([process.execPath, "-e", "for (;;);"]));
    try {
      return await work();
    } finally {
      for (const child of busy) child.kill("SIGKILL");
      await Promise.all(busy.map((child) => child.exited));
    }
  }

  test.each(Object.entries(PROGRAMS))(
    "%s: 1,000 runs are one, while load comes and when it has gone",
    async (_, request) => {
      const idle = await observed(request, 4);
      const loaded = await underLoad(() => observed(request, 4));
      const after = await observed(request, 2);
      expect([...idle, ...loaded, ...after]).toHaveLength(1_000);
      expect(new Set([...idle, ...loaded, ...after])).toEqual(new Set(idle.slice(0, 1)));
      expect(idle[0]).toContain('"ok"');
    },
    120_000,
  );

  test("so are runs in a new process each, one after the other", async () => {
    const fresh = { ...PROGRAMS.python!, cases: [200] };
    const seen = new Set<string>();
    for (let run = 0; run < 10; run++) {
      const { cases } = await backend.run(fresh);
      seen.add(JSON.stringify([cases[0]?.output, cases[0]?.usage.fuel]));
    }
    expect(seen.size).toBe(1);
  });

  test("another seed gives other chance", async () => {
    const outputs = async (seed: number) => {
      const { cases } = await backend.run({ ...PROGRAMS.python!, cases: [200], seed });
      return JSON.stringify(cases[0]?.output);
    };
    expect(await outputs(43)).not.toBe(await outputs(42));
  });

  test("a program that runs out of fuel is charged all of it, and ends at the same instruction", async () => {
    const source =
      "def solve(x):\n    n = 0\n    while True:\n        n += 1\n        if n % 1000 == 0: print(n)";
    const limits = { ...DEFAULT_LIMITS, fuel: 300_000_000 };
    const ended = async () => {
      const { cases } = await backend.run({ ...script("python", "main.py", source, 1), cases: [1], limits });
      return [cases[0]?.outcome, cases[0]?.usage.fuel, cases[0]?.stdout.length];
    };
    const first = await ended();
    expect(first.slice(0, 2)).toEqual(["fuel-limit", 300_000_000]);
    expect(await underLoad(ended)).toEqual(first);
  });
});
