/**
 * `bun test/vm/answers.ts [--engine WHEEL] [--each N]`: one line for each of some programs, with what Wasmtime answered and
 * used. The lines are the same on every machine, or a subnet's judges would not agree: `test/vm/same.ts` compares them.
 */
import { parseArgs } from "node:util";
import { DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { loadAttacks, requestOf } from "../attacks/corpus.ts";
import { provisionWasmtime } from "../provision/isolates.ts";

/** What differs between ordinary interpreters and processors: hashes, chance, time, addresses, floats. */
const PYTHON = `
import decimal, json, math, os, random, struct, time
def solve(n):
    names = {str(i) * 3 for i in range(n)}
    floats = [f(x / 7) for f in (math.sin, math.exp, math.tanh, math.lgamma, math.cbrt) for x in range(1, 40)]
    odd = [math.nan, -math.nan, math.inf - math.inf, math.inf * 0]
    bits = struct.pack("<%dd" % len(odd), *odd).hex()
    total = math.fsum(floats) + random.gauss(0, 1) + time.time() + sum(hash(name) % 1000 for name in names)
    return [total, repr(floats), bits, list(names)[:9], os.urandom(8).hex(), id(names), str(decimal.Decimal(2).sqrt()), 3 ** 200 % 10 ** 9]
`;
const JAVASCRIPT = `
function solve(n) {
  const floats = Array.from({ length: n }, (_, i) => Math.sin(i) * Math.pow(i, 0.3) + Math.random());
  const bits = new BigUint64Array(new Float64Array([NaN, -NaN, 0 / 0, Infinity - Infinity]).buffer);
  return [floats, [...bits].map(String), Date.now(), [3, 1, 2].sort().join(), (0.1 + 0.2).toFixed(20), new Error("x").stack];
}`;
const DEEP = "def solve(n):\n    return 0 if n == 0 else 1 + solve(n - 1)";
const ENDLESS = "def solve(n):\n    while True:\n        n += 1";
const DEEP_JAVASCRIPT = `
let depth = 0;
function down() { depth++; down(); }
function solve() { try { down(); } catch (error) { return [depth, error.name]; } }`;

const program = (runtime: "python" | "javascript", source: string, cases: number[]): IsolateRequest => {
  const entry = runtime === "python" ? "main.py" : "main.js";
  return { runtime, files: { [entry]: source }, entry, cases, limits: DEFAULT_LIMITS, seed: 42 };
};

const PROGRAMS: Readonly<Record<string, IsolateRequest>> = {
  "python: hashes, chance, time, floats": program("python", PYTHON, [10, 300]),
  "python: depth": program("python", DEEP, [10, 900, 5_000]),
  "python: no end": program("python", ENDLESS, [0]),
  "javascript: chance, time, floats": program("javascript", JAVASCRIPT, [10, 300]),
  "javascript: depth": program("javascript", DEEP_JAVASCRIPT, [0]),
};
/** Enough for every program that ends, and little for an emulated machine. */
const MOST_FUEL = 100_000_000;
/** Time must not be what ends a program: it is not the same everywhere. */
const UNTIMED = { wallMs: 3_600_000, cpuMs: 3_600_000 };

const { values } = parseArgs({ options: { engine: { type: "string" }, each: { type: "string" } } });
const each = Number(values.each ?? 10);
const corpus = (["python", "javascript", "wasm"] as const)
  .flatMap((language) => loadAttacks(language).filter((_, index) => index % each === 0))
  .map(
    async (attack): Promise<[string, IsolateRequest]> => [
      `${attack.language}: attack ${attack.name}`,
      await requestOf(attack),
    ],
  );
const backend = await provisionWasmtime(values.engine === undefined ? {} : { libraryPath: values.engine });
try {
  for (const [name, request] of [...Object.entries(PROGRAMS), ...(await Promise.all(corpus))]) {
    const fuel = Math.min(request.limits.fuel, MOST_FUEL);
    const { cases, isolate } = await backend.run({
      ...request,
      limits: { ...request.limits, ...UNTIMED, fuel },
    });
    const told = cases.map(({ outcome, output, stdout, stderr, usage }) => {
      return [outcome, usage.fuel, output ?? null, stdout, stderr];
    });
    console.log(`answer ${JSON.stringify([name, isolate.digest, ...told])}`);
  }
} finally {
  await backend.close();
}
