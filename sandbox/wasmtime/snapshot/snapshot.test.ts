import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../../protocol/isolate.ts";
import { provisionWasmtime } from "../../../test/provision/isolates.ts";
import { assemble } from "../../../test/support/wat.ts";
import type { WasmtimeBackend } from "../backend.ts";
import { LANGUAGES, type Language, moduleOptions } from "../languages.ts";
import { OPCODE, u32 } from "../wasm-sections.ts";
import { freeze } from "./freeze.ts";
import { freezeJavaScript } from "./javascript.ts";
import { freezePython } from "./python.ts";

const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

const freezeLanguage = async (language: Language): Promise<Uint8Array> => {
  const wasm = await Bun.file(moduleOptions(language, "frozen").wasmPath).bytes();
  const harness = await Bun.file(LANGUAGES[language].harness).text();
  return language === "python" ? await freezePython(wasm, harness) : await freezeJavaScript(wasm, harness);
};

describe("a frozen module", () => {
  test("begins with the memory and the globals that it had, and runs what it is to begin with", async () => {
    const wasm = assemble(`(module
      (type (func))
      (memory (export "memory") 1)
      (global $small (mut i32) (i32.const 1)) (global $large (mut i64) (i64.const 1)) (global $fixed i32 (i32.const 5))
      (data (i32.const 10) "initial")
      (func $begin (global.set $small (i32.const -7)) (global.set $large (i64.const -70000000000)))
      (start $begin)
      (func (export "grow") (drop (memory.grow (i32.const 1))) (i32.store (i32.const 100000) (i32.const 42)))
      (func (export "go") (i32.store (i32.const 0) (i32.add (global.get $small) (global.get $fixed)))
        (i64.store (i32.const 100008) (global.get $large)))
      (func (export "_start")))`);
    const frozen = await freeze(wasm, async (module) => {
      const { exports } = new WebAssembly.Instance(module);
      (exports.grow as () => void)();
      return { exports, start: ({ exported }) => [OPCODE.call, ...u32(exported("go"))] };
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(frozen));
    (exports._start as () => void)();
    const { buffer } = exports.memory as WebAssembly.Memory;
    expect(buffer.byteLength).toBe(2 * 65_536);
    const view = new DataView(buffer);
    expect(view.getInt32(0, true)).toBe(-2);
    expect(view.getInt32(100_000, true)).toBe(42);
    expect(view.getBigInt64(100_008, true)).toBe(-70_000_000_000n);
    expect(Buffer.from(buffer, 10, 7).toString()).toBe("initial");
  });

  test("is refused when a global that changes cannot be stored", async () => {
    const wasm = assemble(
      `(module (memory (export "memory") 1) (global $f (mut f64) (f64.const 1)) (func (export "_start")))`,
    );
    const frozen = freeze(wasm, async (module) => ({
      exports: new WebAssembly.Instance(module).exports,
      start: () => [],
    }));
    await expect(frozen).rejects.toThrow("a global of type 124 that changes");
  });
});

describe("frozen interpreters", () => {
  let frozen: WasmtimeBackend;
  let plain: WasmtimeBackend;
  beforeAll(async () => {
    frozen = await provisionWasmtime();
    plain = await provisionWasmtime({ python: "plain" });
  }, 120_000);
  afterAll(() => Promise.all([frozen.close(), plain.close()]));

  const request = (changes: Partial<IsolateRequest>): IsolateRequest => ({
    ...{ runtime: "python", files: { "main.py": "" }, entry: "main.py", cases: [1] },
    ...{ limits: DEFAULT_LIMITS, seed: 7, ...changes },
  });

  test.each(["python", "javascript"] as const)(
    "of %s come out the same each time, and are what the isolate names",
    async (runtime) => {
      const digest = sha256(await freezeLanguage(runtime));
      expect(sha256(await freezeLanguage(runtime))).toBe(digest);
      const entry = runtime === "python" ? "main.py" : "main.js";
      const { isolate } = await frozen.run(request({ runtime, files: { [entry]: "" }, entry }));
      expect(isolate.digest).toBe(digest);
    },
    60_000,
  );

  test("answer as an interpreter does that starts for each case, many times cheaper", async () => {
    const source = `
import bisect, collections, copy, dataclasses, datetime, enum, functools, heapq, itertools, json, math, random, re, sys
import decimal, fractions, statistics, textwrap
def solve(x):
    @dataclasses.dataclass(order=True)
    class Point:
        x: int
        y: float = 1.5
    words = collections.Counter(re.findall(r"\\w+", x))
    rng = random.Random(5)
    print(sys.argv, sorted(words))
    return [words.most_common(2), [rng.random() for _ in range(3)], random.random(), str(Point(1)),
            str(datetime.datetime.fromtimestamp(0, datetime.timezone.utc)), str(decimal.Decimal("1.1") * 3),
            str(fractions.Fraction(3, 9)), statistics.mean([1, 2, 4]), sys.getrecursionlimit(), __name__,
            json.loads(json.dumps({"a": [1, None]})), sorted(hash(w) for w in words)]`;
    const given = request({ files: { "main.py": source }, cases: ["the cat and the hat and the bat", "a"] });
    const [fast, slow] = [await frozen.run(given), await plain.run(given)];
    const shown = ({ cases }: typeof fast) =>
      cases.map(({ outcome, detail, output, stdout }) => ({ outcome, detail, output, stdout }));
    expect(shown(fast)).toEqual(shown(slow));
    expect(fast.cases[0]?.outcome).toBe("ok");
    expect((slow.cases[0]?.usage.fuel ?? 0) / (fast.cases[0]?.usage.fuel ?? 0)).toBeGreaterThan(3);
    expect(fast.isolate.digest).not.toBe(slow.isolate.digest);
  });

  test("go as deep as one that starts for each case, within a few calls", async () => {
    const source =
      "def solve(x):\n    def down(n):\n        try: return down(n + 1)\n        except RecursionError: return n\n    return down(0)";
    const depth = async (backend: WasmtimeBackend) =>
      Number((await backend.run(request({ files: { "main.py": source } }))).cases[0]?.output);
    expect(Math.abs((await depth(frozen)) - (await depth(plain)))).toBeLessThan(10);
  });

  test("draw other chance for another seed", async () => {
    const drawn = async (seed: number) => {
      const files = { "main.py": "import random\ndef solve(x):\n    return random.random()" };
      return (await frozen.run(request({ files, seed }))).cases[0]?.output;
    };
    expect(await drawn(1)).toBe((await drawn(1))!);
    expect(await drawn(1)).not.toBe((await drawn(2))!);
  });
});
