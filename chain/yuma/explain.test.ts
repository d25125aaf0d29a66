import { expect, test } from "bun:test";
import fc from "fast-check";
import { readCase } from "./case.ts";
import { runEpoch } from "./epoch.ts";
import type { EpochInput } from "./epoch-input.ts";
import { explainEpoch } from "./explain.ts";
import example from "./vectors/example.json" with { type: "json" };
import random from "./vectors/networks.json" with { type: "json" };

const base = readCase(example);
const explain = (change: Partial<EpochInput> = {}) => {
  const input = { ...base, ...change };
  return explainEpoch(input, runEpoch(input));
};
const line = (change: Partial<EpochInput>, uid: number, role: "validator" | "miner") =>
  explain(change).find((own) => own.uid === uid && own.role === role)!;

test("a dissenter loses dividends, and reads on whom it differed", () => {
  const dissenter = line({}, 3, "validator");
  expect(dissenter.gets).toBeLessThan(dissenter.expected);
  expect(dissenter.why).toMatch(/^58\.8 % of its weight is above consensus, most of it \(58\.8 %\) on uid 6/);
});

test("an inactive validator reads since when, and that it loses its permit", () => {
  expect(line({}, 4, "validator").why).toBe(
    "inactive: no weights for 6000 blocks, cutoff 5000; loses its permit",
  );
});

test("a miner whom only a minority backs reads how much stake is missing", () => {
  const weights = base.weights.map((row, uid) => (uid < 1 ? row.filter(([to]) => to !== 7) : row));
  expect(line({ weights }, 7, "miner")).toMatchObject({
    gets: 0n,
    why: "no consensus: 26.3 % of stake gives it weight, more than 50 % is needed",
  });
});

test("without any consensus everyone reads that stake decides", () => {
  const lines = explain({
    weights: base.weights.map((_, uid) => (uid < 4 ? [[4 + uid, 65_535] as const] : [])),
    kappa: 65_535,
  });
  expect(lines.find(({ uid }) => uid === 0)).toMatchObject({
    why: "no consensus on anyone: emission goes by stake",
  });
});

test("a validator without permit, one without weights", () => {
  expect(line({ permits: base.permits.map((_, uid) => uid !== 0) }, 0, "validator").why).toBe(
    "no permit: its weights do not count; gets a permit",
  );
  expect(
    line({ weights: base.weights.map((row, uid) => (uid === 0 ? [] : row)) }, 0, "validator").why,
  ).toStartWith("no weights: it lives on old bonds");
});

test("every paid uid of any network has a line with what it gets and a reason", () => {
  fc.assert(
    fc.property(fc.constantFrom(...random.networks), ({ given }) => {
      const input = readCase(given);
      const output = runEpoch(input);
      const lines = explainEpoch(input, output);
      for (const { why } of lines) expect(why).not.toMatch(/NaN|undefined|^$/);
      const paid = [...output.serverEmission, ...output.validatorEmission].reduce(
        (sum, rao) => sum + rao,
        0n,
      );
      expect(lines.reduce((sum, { gets }) => sum + gets, 0n)).toBe(paid);
    }),
    { numRuns: 60 },
  );
});
