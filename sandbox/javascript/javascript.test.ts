import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { provisionWasmtime } from "../../test/provision/isolates.ts";
import type { IsolateBackend } from "../isolate.ts";

describe("JavaScript in an isolate", () => {
  let backend: IsolateBackend;
  beforeAll(async () => {
    backend = await provisionWasmtime();
  }, 120_000);
  afterAll(() => backend.close());

  const run = async (files: string | Record<string, string>, changes: Partial<IsolateRequest> = {}) => {
    const all = typeof files === "string" ? { "main.js": files } : files;
    const request: IsolateRequest = {
      runtime: "javascript",
      files: all,
      entry: Object.keys(all)[0]!,
      cases: [1],
      limits: DEFAULT_LIMITS,
      seed: 7,
      ...changes,
    };
    return (await backend.run(request)).cases;
  };
  const output = async (files: string | Record<string, string>, cases: IsolateRequest["cases"] = [1]) =>
    (await run(files, { cases })).map((result) => result.output ?? `${result.outcome}: ${result.detail}`);
  /** A program: no cases, standard input instead. */
  const program = async (files: string | Record<string, string>, stdin = "") => {
    const all = typeof files === "string" ? { "main.js": files } : files;
    const entry = Object.keys(all)[0]!;
    const { cases } = await backend.run({
      ...{ runtime: "javascript", files: all, entry, stdin, limits: DEFAULT_LIMITS, seed: 7 },
    });
    return cases[0]!;
  };

  test.each([
    ["a function of a script", "function solve(x) { return x + 1; }", 2],
    ["a constant of a script", "const solve = (x) => x + 1;", 2],
    [
      "solve before main and solution",
      "const solution = () => 3; const main = () => 2; const solve = () => 1;",
      1,
    ],
    ["main before solution", "function solution() { return 3; } function main() { return 2; }", 2],
    ["an exported function of a module", "export function solve(x) { return x + 1; }", 2],
    ["the default export", "export default (x) => x + 1;", 2],
    ["an object that is the default export", "export default { solve: (x) => x + 1 };", 2],
    ["module.exports", "module.exports = (x) => x + 1;", 2],
    ["a member of module.exports", "exports.solve = (x) => x + 1;", 2],
    ["a method of Solution", "class Solution { solve(x) { return x + 1; } }", 2],
    ["the only function there is", "const helper = 1; function anything(x) { return x + helper; }", 2],
    ["an asynchronous function", "async function solve(x) { await null; return x + 1; }", 2],
    [
      "an asynchronous module",
      "const one = await Promise.resolve(1); export const solve = (x) => x + one;",
      2,
    ],
  ])("calls %s", async (_, source, answer) => {
    expect(await output(source)).toEqual([answer]);
  });

  test("calls the named function before the usual ones", async () => {
    const source = "function solve() { return 1; } function named() { return 2; }";
    expect((await run(source, { call: "named" }))[0]?.output).toBe(2);
  });

  test("spreads an array over two or more required parameters and over nothing else", async () => {
    expect(await output("function solve(a, b) { return a - b; }", [[5, 3]])).toEqual([2]);
    expect(await output("function solve(a, b = 0) { return [a, b]; }", [[1, 2]])).toEqual([[[1, 2], 0]]);
    expect(await output("function solve(...all) { return all.length; }", [[1, 2]])).toEqual([1]);
  });

  test("imports and requires the other submitted files, and nothing else", async () => {
    const lib = {
      "lib/add.js": "export const add = (a, b) => a + b;",
      "lib/base.cjs": "module.exports = 40;",
    };
    const source =
      "import { add } from './lib/add.js';\nexport const solve = (x) => add(x, globalThis.require('./lib/base'));";
    expect(await output({ "main.mjs": source, ...lib })).toEqual([41]);
    expect(
      await output({ "main.cjs": "const n = require('./lib/base.cjs'); exports.solve = () => n;", ...lib }),
    ).toEqual([40]);
    const [missing] = await run("import x from './other.js'; export const solve = () => x;");
    expect([missing?.outcome, missing?.detail]).toEqual(["error", "Error: there is no module ./other.js"]);
    const [outside] = await run("exports.solve = () => require('../../etc/passwd');");
    expect(outside?.outcome).toBe("error");
  });

  test("says what went wrong and in which line", async () => {
    const [result] = await run("function solve(x) {\n  const y = null;\n  return y.z;\n}");
    expect([result?.outcome, result?.detail]).toEqual([
      "error",
      "TypeError: cannot read property 'z' of null (line 3)",
    ]);
    const [syntax] = await run("function solve( {");
    expect([syntax?.outcome, syntax?.detail?.startsWith("SyntaxError")]).toEqual(["error", true]);
    const [thrown] = await run("const solve = () => { throw 'text'; };");
    expect(thrown?.detail).toBe("threw text");
    const [nothing] = await run("const x = 1;");
    expect(nothing?.detail).toContain("no entry point");
  });

  test("keeps what was printed, beside the answer", async () => {
    const [result] = await run(
      "function solve(x) { console.log('a', { b: [1] }); console.error('c'); return x; }",
    );
    expect([result?.output, result?.stdout, result?.stderr]).toEqual([1, 'a {"b":[1]}\n', "c\n"]);
  });

  test("runs a program on standard input and tells its exit code", async () => {
    const shout = "const fs = require('fs'); console.log(fs.readFileSync(0, 'utf8').toUpperCase());";
    expect(await program(shout, "hé😀")).toMatchObject({ outcome: "ok", stdout: "HÉ😀\n" });
    const imported =
      "import { readFileSync } from 'node:fs';\nprocess.stdout.write(readFileSync('/dev/stdin').length + '');";
    expect(await program({ "main.mjs": imported }, "four")).toMatchObject({ outcome: "ok", stdout: "4" });
    expect(await program("process.exit(0); console.log('not reached');")).toMatchObject({
      outcome: "ok",
      stdout: "",
    });
    expect(await program("process.exit(3)")).toMatchObject({ outcome: "error", detail: "exit code 3" });
    expect((await program("throw new Error('x')")).outcome).toBe("error");
    expect((await program("async function main() { throw new Error('x'); } main();")).outcome).toBe("error");
    expect((await program("(async () => { throw new Error('x'); })().catch(() => {});")).outcome).toBe("ok");
  });

  test("lets timers cost virtual time only, in order, until the limit", async () => {
    const source = `async function solve(ms) {
      const began = Date.now();
      const order = [];
      setTimeout(() => order.push("late"), ms);
      setTimeout(() => order.push("early"), ms / 2);
      await new Promise((resolve) => setTimeout(resolve, ms));
      return [order, Date.now() - began >= ms];
    }`;
    const [quick, slow] = await run(source, { cases: [5_000, 60_000] });
    expect(quick?.output).toEqual([["early", "late"], true]);
    expect(quick?.usage.wallMs).toBeLessThan(5_000);
    expect(slow?.outcome).toBe("timeout");
    const [never] = await run("const solve = () => new Promise(() => {});");
    expect([never?.outcome, never?.detail]).toEqual(["error", "Error: the promise is never settled"]);
  });

  test("draws chance from the seed, sees a fixed time, and neither differs from run to run", async () => {
    const source =
      "const solve = () => [Math.random(), Math.random(), Date.now(), new Date().getTimezoneOffset()];";
    const [first, second] = [await run(source), await run(source)];
    expect(first[0]?.output).toEqual(second[0]?.output);
    expect((await run(source, { seed: 8 }))[0]?.output).not.toEqual(first[0]?.output);
    expect(first[0]?.usage.fuel).toBe(second[0]?.usage.fuel);
    const spread =
      "const solve = () => { let sum = 0; for (let i = 0; i < 5000; i++) sum += Math.random(); return sum / 5000; };";
    expect(Number((await run(spread))[0]?.output)).toBeWithin(0.48, 0.52);
  });

  test("ends what does not end, and what takes too much", async () => {
    const limits = {
      ...DEFAULT_LIMITS,
      fuel: 1_000_000_000,
      memoryBytes: 64 * 1024 * 1024,
      outputBytes: 10_000,
    };
    const outcome = async (source: string) => (await run(source, { limits }))[0]?.outcome;
    expect(await outcome("const solve = () => { for (;;); };")).toBe("fuel-limit");
    expect(
      await outcome("const solve = () => { const all = []; for (;;) all.push(new Uint8Array(1e6)); };"),
    ).toBe("memory-limit");
    expect(await outcome("const solve = () => { for (;;) console.log('x'); };")).toBe("output-limit");
    expect(await outcome("const solve = () => { const f = () => f() + 1; return f(); };")).toBe("error");
    expect(await outcome("const solve = () => JSON.parse('['.repeat(1e5));")).toBe("error");
    expect(await outcome("const solve = () => /(a+)+$/.test('a'.repeat(60) + 'b');")).toBe("fuel-limit");
  });

  test("gives an error that can be caught when calls go too deep, whatever they are", async () => {
    const deep = (body: string) =>
      `let d = 0; function solve() { try { ${body} } catch (error) { return [error.name, d > 400]; } }`;
    for (const body of [
      "const f = () => { d++; f(); }; f();",
      "const f = (...all) => { d++; return Reflect.apply(f, null, all); }; f(1, 2, 3);",
      "const f = () => { d++; [2, 1].sort(f); return 0; }; f();",
      "const f = () => { d++; 'a'.replace(/a/, f); return ''; }; f();",
      "const o = { toJSON() { d++; return JSON.stringify(o); } }; JSON.stringify(o);",
      "function* g() { d++; yield* g(); } [...g()];",
      "globalThis.f = () => { d++; return eval('f()'); }; f();",
    ]) {
      expect(await output(deep(body))).toEqual([["RangeError", true]]);
    }
  });

  test("takes no call into its own harness for the judges' failure", async () => {
    // The functions on the stack are within reach; what they are called with is not the host's problem.
    const source = `function solve() {
      const found = [];
      Error.prepareStackTrace = (_, sites) => sites.map((site) => found.push(site.getFunction()));
      void new Error("x").stack;
      for (const f of found.slice(1)) { try { f(Number.NaN, {}, []); } catch { /* the next one */ } }
      return found.length > 2;
    }`;
    const [result] = await run(source);
    expect(["ok", "error"]).toContain(result?.outcome ?? "");
  });

  test("lets an answer out of a submission that broke what answers are made with", async () => {
    const source = `function solve(x) {
      JSON.stringify = JSON.parse = () => "broken";
      String.prototype.slice = Array.isArray = Object.keys = Promise.resolve = () => { throw 1; };
      Object.prototype.toString = () => "[object Object]";
      globalThis.String = undefined;
      return [x, "text", { a: 1 }];
    }`;
    expect(await output(source)).toEqual([[1, "text", { a: 1 }]]);
  });

  test("has nothing of the host within reach", async () => {
    const source = `const solve = () => [typeof orrery, typeof fetch, typeof Bun, typeof Deno, typeof std, typeof os,
      typeof WebAssembly, typeof Worker, Object.keys(process.env).length];`;
    const none = Array.from({ length: 8 }, () => "undefined");
    expect(await output(source)).toEqual([[...none, 0]]);
    expect(
      await output("const solve = () => import('fs').then((fs) => fs.existsSync('/etc/passwd'));"),
    ).toEqual([false]);
  });
});
