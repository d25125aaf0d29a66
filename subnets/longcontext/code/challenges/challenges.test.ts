import { describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { randomOf } from "../../random.ts";
import { matches } from "../compare.ts";
import { CHALLENGES } from "./index.ts";

const SIZES = [1, 5, 12, 40];
const SEEDS = Array.from({ length: 6 }, (_, at) => at);
const miner = (name: string) => fileURLToPath(new URL(`../../miners/${name}.py`, import.meta.url));

/** Runs a miner's functions in a real Python: [function, input] pairs in, outputs or errors out. */
const DRIVER = `
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("miner", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
out = []
for name, given in json.load(sys.stdin):
    try:
        out.append(["ok", getattr(module, name)(given)])
    except Exception as error:
        out.append(["error", repr(error)])
json.dump(out, sys.stdout)
`;

function python(name: string, calls: readonly (readonly [string, unknown])[]): [string, unknown][] {
  const run = Bun.spawnSync(["python3", "-I", "-c", DRIVER, miner(name)], {
    stdin: Buffer.from(JSON.stringify(calls)),
  });
  if (run.exitCode !== 0) throw new Error(run.stderr.toString());
  return JSON.parse(run.stdout.toString());
}

test("there are at least eight, all with different names", () => {
  expect(new Set(CHALLENGES.map(({ name }) => name)).size).toBe(CHALLENGES.length);
  expect(CHALLENGES.length).toBeGreaterThanOrEqual(8);
});

describe.each(CHALLENGES.map((challenge) => ({ name: challenge.name, challenge })))(
  "$name",
  ({ challenge }) => {
    test("the reference solution gives the outputs written by hand in the examples", () => {
      for (const { input, output } of challenge.examples) expect(challenge.solve(input)).toEqual(output);
    });

    test("the same seed gives the same hidden input, another seed another", () => {
      const make = (seed: number) => JSON.stringify(challenge.generate(randomOf(seed), 12));
      expect(make(1)).toBe(make(1));
      expect(make(1)).not.toBe(make(2));
    });

    test("no hidden input is an array, and inputs grow with the size asked for", () => {
      const lengths = SIZES.map((size) => {
        const input = challenge.generate(randomOf("size"), size);
        expect(Array.isArray(input)).toBeFalse();
        return JSON.stringify(input).length;
      });
      expect(lengths.at(-1)).toBeGreaterThan((lengths[0] as number) * 2);
    });

    test("the template defines the function and is valid to call", () => {
      expect(challenge.template).toContain(`def ${challenge.name}(`);
    });
  },
);

describe.skipIf(Bun.which("python3") === null)("against a real Python", () => {
  const cases = CHALLENGES.flatMap((challenge) =>
    SIZES.flatMap((size) =>
      SEEDS.map((seed) => ({
        challenge,
        input: challenge.generate(randomOf(challenge.name, size, seed), size),
      })),
    ),
  );
  const calls = cases.map(({ challenge, input }) => [challenge.name, input] as const);

  test("good.py, an independent implementation, agrees with the reference on every hidden input", () => {
    const outputs = python("good", calls);
    for (const [at, { challenge, input }] of cases.entries()) {
      const expected = challenge.solve(input);
      expect(outputs[at]?.[0], `${challenge.name}: ${outputs[at]?.[1]}`).toBe("ok");
      if (!matches(outputs[at]?.[1], expected)) expect(outputs[at]?.[1]).toEqual(expected as never);
    }
  });

  test("sloppy.py passes some hidden inputs and fails on most", () => {
    const outputs = python("sloppy", calls);
    const passed = cases.filter(({ challenge, input }, at) =>
      matches(outputs[at]?.[1], challenge.solve(input)),
    );
    expect(passed.length / cases.length).toBeGreaterThan(0.02);
    expect(passed.length / cases.length).toBeLessThan(0.5);
  });
});
