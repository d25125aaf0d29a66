import { describe, expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import { printOutput, readCase } from "./case.ts";
import { runEpoch } from "./epoch.ts";
import example from "./vectors/example.json" with { type: "json" };

function refusal(change: Record<string, unknown>): string {
  try {
    readCase({ ...example, ...change });
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === "malformed") return thrown.message;
    throw thrown;
  }
  throw new Error("it should have been refused");
}

const replace = <T>(values: readonly T[], index: number, value: unknown): unknown[] =>
  values.map((own, i) => (i === index ? value : own));

describe("a case is refused by the field that is wrong", () => {
  test.each([
    ["a vector of another length", { permits: [true] }, "permits: has 1 elements, but n is 8"],
    ["rows that are missing", { weights: [] }, "weights: has 0 elements, but n is 8"],
    [
      "a uid outside",
      { weights: replace(example.weights, 1, [[8, 1]]) },
      "weights.1.0: uid 8 is not in a network of 8",
    ],
    [
      "a uid twice",
      {
        bonds: replace(example.bonds, 0, [
          [5, 1],
          [5, 2],
        ]),
      },
      "bonds.0.1: uid 5 comes twice in this row",
    ],
    ["a weight above u16", { weights: replace(example.weights, 0, [[5, 65_536]]) }, "weights.0.0.1: "],
    [
      "stake that is no number",
      { stake: replace(example.stake, 2, "1e9") },
      "stake.2: whole rao as a decimal string",
    ],
    ["stake below zero", { stake: replace(example.stake, 2, "-1") }, "stake.2: "],
    [
      "stake that the chain cannot sum",
      { stake: replace(example.stake, 0, String(2n ** 63n)) },
      "stake: is 2^63 rao or more",
    ],
    ["rao above u64", { emissionRao: String(2n ** 64n) }, "emissionRao: above the largest u64"],
    ["a share as a fraction", { kappa: 0.5 }, "kappa: "],
    ["alphas the wrong way round", { alphaLow: 50_000, alphaHigh: 40_000 }, "alphaLow: is above alphaHigh"],
    ["a negative alpha", { bondsMovingAverage: 1_000_001 }, "bondsMovingAverage: "],
    ["an owner outside", { ownerUid: 8 }, "ownerUid: uid 8 is not in a network of 8"],
    ["an empty network", { n: 0 }, "n: "],
    ["a network too large", { n: 4_097 }, "n: "],
    ["a missing field", { block: undefined }, "block: "],
  ])("%s", (_, change, message) => expect(refusal(change)).toStartWith(message));

  test("something that is no object", () => {
    for (const given of [null, 7, "case", []]) expect(() => readCase(given)).toThrow(Failure);
  });
});

test("rao and stake are exact beyond 2^53, and numbers do where they are exact", () => {
  const large = readCase({
    ...example,
    stake: replace(example.stake, 0, "9000000000000000001"),
    emissionRao: 7,
  });
  expect(large.stake[0]! >> 64n).toBe(9_000_000_000_000_000_001n);
  expect(large.emissionRao).toBe(7n);
});

test("what is not said is off: no threshold, no commit-reveal", () => {
  const input = readCase(example);
  expect(input.stakeThreshold).toBe(0n);
  expect(input.commitBlocks).toBeUndefined();
});

test("the answer has a value a uid, and its numbers are whole decimal strings", () => {
  const printed = printOutput(runEpoch(readCase(example)));
  for (const values of Object.values(printed)) expect(values).toHaveLength(example.n);
  for (const key of [
    "consensus",
    "incentive",
    "dividends",
    "validatorTrust",
    "serverEmission",
    "validatorEmission",
  ] as const)
    for (const value of printed[key]) expect(value).toMatch(/^\d+$/);
});
