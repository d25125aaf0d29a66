/** Submitted modules in real isolates. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { provisionWasmtime } from "../../test/provision/isolates.ts";
import { answering, assemble, moduleRequest } from "../../test/support/wat.ts";
import type { WasmtimeBackend } from "../wasmtime/backend.ts";
import { createCodeCache } from "./code-cache.ts";

const ECHO = answering('(func (export "_start") (call $answer (i32.const 1024) (call $input)))');

describe("a submitted module", () => {
  let backend: WasmtimeBackend;
  beforeAll(async () => {
    backend = await provisionWasmtime();
  }, 120_000);
  afterAll(() => backend.close());

  const run = async (module: string | Uint8Array, changes: Partial<IsolateRequest> = {}) =>
    (await backend.run(moduleRequest(module, changes))).cases;
  const outcome = async (body: string, limits: Partial<typeof DEFAULT_LIMITS> = {}) =>
    (await run(`(module ${body})`, { limits: { ...DEFAULT_LIMITS, ...limits } }))[0]?.outcome;

  test("reads each input as JSON on standard input, in an instance of its own", async () => {
    const values = [1, "é😀", null, { a: [1.5, true] }, []];
    expect((await run(ECHO, { cases: values })).map(({ output }) => output)).toEqual(values);
  });

  test("is named by its digest", async () => {
    const wasm = assemble(ECHO);
    const { isolate } = await backend.run(moduleRequest(wasm));
    expect(isolate.digest).toBe(new Bun.CryptoHasher("sha256").update(wasm).digest("hex"));
    expect(isolate.runtime).toBe("wasm");
  });

  test("may be a program, whose standard output is kept", async () => {
    const { cases: _, ...request } = moduleRequest(
      answering('(func (export "_start") (call $say (i32.const 1024) (call $input)))'),
      { stdin: "hello" },
    );
    expect((await backend.run(request)).cases[0]).toMatchObject({ outcome: "ok", stdout: "hello" });
  });

  test("that prints its answer instead of writing it to descriptor 3 has no answer", async () => {
    const [result] = await run(
      answering('(func (export "_start") (call $say (i32.const 1024) (call $input)))'),
    );
    expect(result).toMatchObject({ outcome: "error", stdout: "1" });
  });

  test("ends by the limit that it meets, also before it begins", async () => {
    const forever = "(loop (br 0))";
    expect(await outcome(`(func (export "_start") ${forever})`, { fuel: 10_000_000 })).toBe("fuel-limit");
    expect(
      await outcome(`(func $s ${forever}) (start $s) (func (export "_start"))`, { fuel: 10_000_000 }),
    ).toBe("fuel-limit");
    const noFuel = { fuel: Number.MAX_SAFE_INTEGER };
    expect(await outcome(`(func (export "_start") ${forever})`, { ...noFuel, wallMs: 200 })).toBe("timeout");
    expect(await outcome(`(func (export "_start") ${forever})`, { ...noFuel, cpuMs: 100 })).toBe("cpu-limit");
    expect(await outcome('(memory 65536) (func (export "_start"))')).toBe("memory-limit");
    expect(await outcome('(table 10000000 funcref) (func (export "_start"))')).toBe("memory-limit");
    expect(await outcome('(func $f (export "_start") (call $f))')).toBe("error");
    expect(await outcome('(func (export "_start") unreachable)')).toBe("error");
    const flood = answering(
      '(func (export "_start") (loop (call $say (i32.const 0) (i32.const 60000)) (br 0)))',
    );
    expect((await run(flood))[0]?.outcome).toBe("output-limit");
    const answers = flood.replaceAll("(call $say (i32.const 0)", "(call $answer (i32.const 0)");
    expect((await run(answers))[0]?.outcome).toBe("output-limit");
  });

  test("cannot grow past its memory, and is told so", async () => {
    const grow = answering(`(func (export "_start")
      (i32.store8 (i32.const 1024) (i32.add (i32.const 0x31) (memory.grow (i32.const 4096))))
      (call $answer (i32.const 1024) (i32.const 1)))`);
    const limits = { ...DEFAULT_LIMITS, memoryBytes: 1024 * 1024 };
    expect((await run(grow, { limits }))[0]?.output).toBe(0); // -1, as digits go
  });

  test("that is none, or is not valid, is the miner's error, told for every case and not compiled twice", async () => {
    const invalid = Buffer.from(assemble('(module (func (export "_start") nop nop))'));
    invalid[invalid.lastIndexOf(1)] = 0x6a; // an addition of nothing
    for (const bytes of [Buffer.from("no module"), invalid]) {
      const results = await run(bytes, { cases: [1, 2] });
      expect(results.map((each) => each.outcome)).toEqual(["error", "error"]);
      expect(await run(bytes, { cases: [1, 2] })).toEqual(results);
    }
    expect((await run(invalid))[0]?.detail).toContain("type mismatch: expected i32");
  });

  test("can be cancelled while it is compiled and while it runs", async () => {
    const request = moduleRequest('(module (func (export "_start") (loop (br 0))))', {
      limits: { ...DEFAULT_LIMITS, fuel: Number.MAX_SAFE_INTEGER, wallMs: 60_000, cpuMs: 60_000 },
    });
    for (const afterMs of [0, 5, 150]) {
      const run = backend.run(request, { signal: AbortSignal.timeout(afterMs) });
      expect(await run.catch((error) => error.code)).toBe("cancelled");
    }
  });
});

describe("compiled code", () => {
  const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  const withCache = async (work: (folder: string) => Promise<void>) => {
    const folder = await mkdtemp(join(tmpdir(), "orrery-code-"));
    try {
      await work(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  const bytes = (text: string) => new TextEncoder().encode(text);

  test("is found again by another node, and not once it was changed", () =>
    withCache(async (cacheDir) => {
      const clock = createSystemClock();
      const [one, other] = [createCodeCache({ cacheDir, clock }), createCodeCache({ cacheDir, clock })];
      const name = sha256(bytes("module"));
      expect(await one.find(name)).toBeUndefined();
      const path = await one.store(name, bytes("code"));
      expect([await one.find(name), await other.find(name)]).toEqual([path, path]);
      await rm(path);
      await Bun.write(path, "changed");
      expect([await one.find(name), await other.find(name)]).toEqual([undefined, undefined]);
    }));

  test("that was used longest ago goes first when there is too much of it", () =>
    withCache(async (cacheDir) => {
      let now = 1_000_000;
      const cache = createCodeCache({ cacheDir, clock: { now: () => now }, maxBytes: 25 });
      for (const name of ["a", "b"]) {
        await cache.store(name, bytes("x".repeat(10)));
        now += 60_000;
        await cache.find(name);
      }
      now += 60_000;
      await cache.find("a");
      await cache.store("c", bytes("x".repeat(10)));
      expect([await cache.find("b"), typeof (await cache.find("a")), typeof (await cache.find("c"))]).toEqual(
        [undefined, "string", "string"],
      );
      const [folder] = await readdir(join(cacheDir, "guests"));
      expect((await readdir(join(cacheDir, "guests", folder!))).length).toBe(4);
    }));
});
