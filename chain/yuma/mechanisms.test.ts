import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { toU16 } from "./fixed-point.ts";
import {
  activityCutoff,
  readCase,
  runEpoch,
  runSubnetEpoch,
  type SubnetInput,
  splitEmission,
  stakeOf,
  stakeWeight,
} from "./index.ts";
import type { Row } from "./sparse.ts";
import chain from "./vectors/chain-math.json" with { type: "json" };
import example from "./vectors/example.json" with { type: "json" };

describe("splitEmission", () => {
  test.each(chain.splits)(
    "$rao rao over $mechanisms mechanisms by $split",
    ({ rao, mechanisms, split, parts }) => {
      expect(splitEmission(BigInt(rao), mechanisms, split)).toEqual(parts.map(BigInt));
    },
  );

  test("always adds up, and a mechanism that the split does not name gets nothing", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.integer({ min: 1, max: 16 }),
        (rao, mechanisms) => {
          for (const split of [null, [65_535], [30_000, 35_535]]) {
            const parts = splitEmission(rao, mechanisms, split);
            expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(rao);
            expect(parts.slice(split?.length ?? mechanisms).every((part) => part === 0n)).toBe(true);
          }
        },
      ),
    );
  });
});

const { weights, bonds, lastUpdate, commitBlocks: _, ...subnet } = readCase(example);
const first = { weights, bonds, lastUpdate };

/** Three uids, one validator, as `epoch_with_mechanisms_incentives_proportional_to_weights` of tests/mechanism.rs builds them. */
const chainSubnet: SubnetInput["subnet"] = {
  ...subnet,
  n: 3,
  block: 2,
  tempo: 1,
  lastMechanismStep: 0,
  stake: [stakeOf(1_000_000_000n), stakeOf(1_000_000_000n), 0n],
  registeredAt: [1, 1, 1],
  permits: [true, false, false],
  maxValidators: 64,
  yuma3: false,
  liquidAlpha: false,
  activityCutoff: 65_535,
  emissionRao: 1_000_000_000n,
};
const ofRow = (row: Row) => ({ weights: [row, [], []], bonds: [[], [], []], lastUpdate: [2, 2, 2] });

test("each mechanism pays by its own weights", () => {
  const { mechanisms } = runSubnetEpoch({
    subnet: chainSubnet,
    mechanisms: [
      ofRow([
        [1, 52_428],
        [2, 13_107],
      ]),
      ofRow([
        [1, 13_107],
        [2, 52_428],
      ]),
    ],
    split: null,
  });
  const [high, low] = [52_428, 13_107];
  const stored = mechanisms.map(({ incentive }) => [toU16(incentive[1]!), toU16(incentive[2]!)]);
  for (const [mechanism, expected] of [
    [high, low],
    [low, high],
  ].entries())
    for (const [at, value] of expected.entries())
      expect(Math.abs(stored[mechanism]![at]! - value)).toBeLessThanOrEqual(1);
});

test("a mechanism without weights pays its part to validators by stake", () => {
  const { mechanisms } = runSubnetEpoch({
    subnet: {
      ...chainSubnet,
      n: 4,
      stake: [stakeOf(10n), stakeOf(30n), stakeOf(60n), 0n],
      registeredAt: [1, 1, 1, 1],
      permits: [true, true, true, false],
      emissionRao: 2_000_000n,
    },
    mechanisms: Array.from({ length: 2 }, () => ({ weights: [], bonds: [], lastUpdate: [2, 2, 2, 2] })),
    split: null,
  });
  const { serverEmission, validatorEmission } = mechanisms[1]!;
  expect(serverEmission).toEqual([0n, 0n, 0n, 0n]);
  for (const [uid, expected] of [100_000, 300_000, 600_000, 0].entries())
    expect(Math.abs(Number(validatorEmission[uid]) - expected)).toBeLessThanOrEqual(2);
});

test("terms add emissions, average shares by emission, and take permits and activity from any mechanism", () => {
  const idle = { weights: [], bonds: [], lastUpdate: lastUpdate.map(() => 0) };
  const split = [16_383, 49_152];
  const { mechanisms, terms } = runSubnetEpoch({ subnet, mechanisms: [first, idle], split });
  const [busy, other] = mechanisms;
  const part = splitEmission(subnet.emissionRao, 2, split)[0]!;
  for (const [uid, term] of terms.entries()) {
    expect(term.serverEmission).toBe(busy!.serverEmission[uid]! + other!.serverEmission[uid]!);
    expect(term.validatorEmission).toBe(busy!.validatorEmission[uid]! + other!.validatorEmission[uid]!);
    expect(term.active).toBe(busy!.active[uid]!);
    expect(term.permit).toBe(busy!.permits[uid]!);
    const whole = BigInt(toU16(busy!.consensus[uid]!));
    expect(Math.abs(term.consensus - Number((whole * part) / subnet.emissionRao))).toBeLessThanOrEqual(1);
  }
});

test("one mechanism is the epoch itself; with nothing to pay the first mechanism's terms count whole", () => {
  for (const emissionRao of [subnet.emissionRao, 0n]) {
    const { terms } = runSubnetEpoch({
      subnet: { ...subnet, emissionRao },
      mechanisms: [first],
      split: null,
    });
    const alone = runEpoch({ ...subnet, ...first, emissionRao });
    expect(terms.map(({ consensus }) => consensus)).toEqual(Array.from(alone.consensus, toU16));
    expect(terms.map(({ emission }) => emission)).toEqual(alone.combinedEmission);
  }
});

test("stake is alpha plus TAO times the TAO weight, which keeps 32 fraction bits", () => {
  expect(stakeWeight({ alphaRao: 5n, taoRao: 0n, taoWeight: 0n })).toBe(5n << 64n);
  const half = stakeWeight({ alphaRao: 0n, taoRao: 10n, taoWeight: 2n ** 63n });
  expect(half).toBe(5n << 64n);
  expect(stakeWeight({ alphaRao: 0n, taoRao: 10n, taoWeight: 2n ** 64n - 1n })).toBe(10n << 64n);
  expect(stakeOf(2n ** 64n - 1n)).toBe(2n ** 127n - 1n);
});

test("the activity cutoff is thousandths of a tempo, and one block at least", () => {
  expect(activityCutoff(13_889, 360)).toBe(5_000);
  expect(activityCutoff(13_889, 0)).toBe(1);
  expect(activityCutoff(1, 999)).toBe(1);
});
