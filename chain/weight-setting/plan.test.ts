import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { refusal } from "../../test/support/rejection.ts";
import { maxUpscale, withinLimit } from "../devnet/pallets/subtensor/weight-vector.ts";
import { roundAt } from "../timelock/beacon.ts";
import { fitRow } from "./fit-row.ts";
import { planWeights } from "./plan.ts";
import { nextAllowedBlock, preflight } from "./preflight.ts";
import { commitRules, openRules } from "./rules.fixture.ts";

const row = { uids: [1, 2], values: [30_000, 65_535] };
const problems = (
  change: Parameters<typeof openRules>[0],
  more: { row?: typeof row; versionKey?: bigint; netuid?: number } = {},
) =>
  preflight({ rules: openRules(change), row, versionKey: 0n, netuid: 1, ...more }).map(
    ({ message }) => message,
  );

describe("preflight", () => {
  test("finds nothing where the chain would take the weights", () => {
    expect(problems({})).toEqual([]);
  });

  test.each([
    ["CanNotSetRootNetworkWeights", {}, { netuid: 0 }],
    ["SubnetNotExists", { exists: false }, {}],
    ["WeightVecNotEqualSize", {}, { row: { uids: [1, 2], values: [65_535] } }],
    [
      "UidsLengthExceedUidsInSubNet",
      { neurons: 3 },
      { row: { uids: [0, 1, 2, 2], values: [1, 1, 1, 65_535] } },
    ],
    ["HotKeyNotRegisteredInSubNet", { uid: null }, {}],
    ["NotEnoughStakeToSetWeights", { stakeRao: "999" }, {}],
    ["IncorrectWeightVersionKey", { versionKey: "10002000" }, { versionKey: 10_001_000n }],
    ["NeuronNoValidatorPermit", { permit: false }, {}],
    ["DuplicateUids", {}, { row: { uids: [1, 1], values: [1, 65_535] } }],
    ["UidVecContainInvalidOne", { neurons: 2 }, {}],
    ["WeightVecLengthIsLow", { minWeights: 3 }, {}],
    ["MaxWeightExceeded", { maxWeight: 6_553 }, {}],
    ["TooManyUnrevealedCommits", { commitReveal: commitRules({ open: 10 }) }, {}],
  ])("finds %s before the chain does", (name, change, more) => {
    expect(problems(change, more)).toContain(name);
  });

  test("tells them in the chain's order", () => {
    expect(
      problems(
        { stakeRao: "0", versionKey: "5", permit: false, minWeights: 8, maxWeight: 1 },
        { row: { uids: [9, 9], values: [1, 65_535] } },
      ),
    ).toEqual([
      "NotEnoughStakeToSetWeights",
      "IncorrectWeightVersionKey",
      "NeuronNoValidatorPermit",
      "DuplicateUids",
      "UidVecContainInvalidOne",
      "WeightVecLengthIsLow",
      "MaxWeightExceeded",
    ]);
  });

  test("lets the owner and a weight on oneself off what the chain lets them off", () => {
    const poor = { stakeRao: "0", permit: false };
    expect(problems({ ...poor, owner: true })).toEqual([]);
    const self = { row: { uids: [0], values: [65_535] } };
    expect(problems({ permit: false, minWeights: 8, maxWeight: 1 }, self)).toEqual([]);
  });

  test("a version key of 0 on the chain takes any", () => {
    expect(problems({ versionKey: "0" })).toEqual([]);
    expect(problems({ versionKey: "5" }, { versionKey: 5n })).toEqual([]);
  });
});

describe("the next allowed block", () => {
  test("is the next one for who never set weights, and exactly the limit after the last set otherwise", () => {
    expect(nextAllowedBlock(openRules())).toBe(1_001);
    expect(nextAllowedBlock(openRules({ lastUpdate: 950 }))).toBe(1_050);
    expect(nextAllowedBlock(openRules({ lastUpdate: 901 }))).toBe(1_001);
    expect(nextAllowedBlock(openRules({ lastUpdate: 1, rateLimit: 0 }))).toBe(1_001);
  });
});

describe("fitting a row to the subnet's rules", () => {
  test("leaves alone what fits", () => {
    expect(fitRow(row, openRules())).toEqual(row);
  });

  test("fills up with zeros, which pay nobody", () => {
    expect(fitRow(row, openRules({ minWeights: 4 }))).toEqual({
      uids: [0, 1, 2, 3],
      values: [0, 30_000, 65_535, 0],
    });
    expect(fitRow(row, openRules({ minWeights: 1_024, neurons: 3 })).uids).toEqual([0, 1, 2]);
  });

  test("caps the largest and gives the rest to the others in proportion", () => {
    const { values } = fitRow(
      { uids: [0, 1, 2], values: [65_535, 10_000, 5_000] },
      openRules({ maxWeight: 32_768 }),
    );
    const sum = values.reduce((a, b) => a + b, 0);
    expect((values[0] ?? 0) / sum).toBeCloseTo(0.5, 4);
    expect((values[1] ?? 0) / (values[2] ?? 1)).toBeCloseTo(2, 3);
  });

  test("refuses a cap that so few miners cannot meet, and says how many could", () => {
    const failure = refusal(() => fitRow(row, openRules({ maxWeight: 6_554 })));
    expect(failure.message).toBe("MaxWeightExceeded");
    expect(failure.hint).toContain("at least 10 miners");
  });

  test("what it makes passes the chain's own check, whatever the shares", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 64 }),
        fc.integer({ min: 1_100, max: 65_535 }),
        (values, maxWeight) => {
          fc.pre(values.length * maxWeight >= 65_535);
          const uids = values.map((_, uid) => uid);
          const fitted = fitRow({ uids, values }, { neurons: 64, minWeights: 1, maxWeight });
          expect(withinLimit(maxUpscale(fitted.values), maxWeight)).toBe(true);
          expect(fitted.values.every((value) => value > 0)).toBe(true);
          // Who had more never ends with less.
          for (const [a, value] of values.entries())
            for (const [b, other] of values.entries())
              if (value >= other) expect(fitted.values[a]).toBeGreaterThanOrEqual(fitted.values[b] ?? 0);
        },
      ),
    );
  });
});

describe("the plan", () => {
  const plan = (change: Parameters<typeof openRules>[0]) =>
    planWeights({ rules: openRules(change), row, versionKey: 0n, netuid: 1 });

  test("sets in the open where the chain does", () => {
    expect(plan({ lastUpdate: 950 })).toMatchObject({
      ...{ method: "set", block: 1_050, waitMs: 49 * 12_000, reveal: null, problems: [] },
    });
  });

  test("commits by timelock where the chain's beacon lives, to the round that opens in time", () => {
    const rules = openRules({ commitReveal: commitRules() });
    const beacon = rules.commitReveal?.beacon;
    if (beacon == null) throw new Error("it has one");
    const fresh = { ...beacon, lastRound: roundAt(beacon, rules.at) };
    const made = plan({ commitReveal: commitRules({ beacon: fresh }) });
    // Epoch 8 begins at block 1,260, 260 blocks ahead; three more are 263 of 12 s, or 1,052 rounds.
    expect(made).toMatchObject({ method: "timelock", reveal: { epoch: 7, block: 1_260 } });
    expect((made.reveal?.round ?? 0) - fresh.lastRound).toBeWithin(1_050, 1_053);
  });

  test("commits by hash where timelock cannot work, and says why", () => {
    const stale = commitRules();
    const beacon = { ...(stale.beacon ?? never()), lastRound: 1 };
    expect(plan({ commitReveal: { ...stale, beacon } })).toMatchObject({
      method: "hash",
      why: expect.stringContaining("behind"),
    });
    expect(plan({ commitReveal: commitRules({ beacon: null }) }).method).toBe("hash");
    expect(plan({ commitReveal: commitRules({ version: 5 }) }).why).toContain("version 5");
    expect(plan({ blockTimeMs: 20, commitReveal: commitRules() }).why).toContain("too short");
    const many = Array.from({ length: 1_500 }, (_, uid) => uid);
    const large = planWeights({
      rules: openRules({ neurons: 2_000, commitReveal: commitRules() }),
      row: { uids: many, values: many.map(() => 65_535) },
      versionKey: 0n,
      netuid: 1,
    });
    expect(large.method).toBe("hash");
  });

  test("a cap that cannot be met is a problem of the plan, not its end", () => {
    expect(plan({ maxWeight: 100 }).problems.map(({ message }) => message)).toEqual([
      "MaxWeightExceeded",
      "MaxWeightExceeded",
    ]);
  });
});

const never = (): never => {
  throw new Error("never");
};
