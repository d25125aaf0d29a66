/** What holds for every network: sparse is dense, uids are names, scale means nothing, rao come from somewhere. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { runEpochDense } from "./dense.fixture.ts";
import { runEpoch } from "./epoch.ts";
import type { EpochInput, EpochOutput } from "./epoch-input.ts";
import type { Row } from "./sparse.ts";
import { stakeOf } from "./stake.ts";

const BLOCK = 10_000;

/** Mostly what a live network looks like, with every kind of exception. Rows are sorted, as the dense version needs. */
const network = (): fc.Arbitrary<EpochInput> =>
  fc.integer({ min: 1, max: 9 }).chain((n) => {
    const perUid = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: n, maxLength: n });
    const u16 = fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.constantFrom(0, 32_768, 65_535));
    const row = fc
      .uniqueArray(fc.tuple(fc.integer({ min: 0, max: n - 1 }), u16), {
        selector: ([uid]) => uid,
        maxLength: n,
      })
      .map((entries): Row => entries.sort(([a], [b]) => a - b));
    const block = fc.oneof({ weight: 1, arbitrary: fc.integer({ min: 0, max: BLOCK }) });
    const lately = fc.integer({ min: BLOCK - 300, max: BLOCK });
    const longAgo = fc.integer({ min: 0, max: BLOCK - 700 });
    const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: other });
    return fc.record({
      n: fc.constant(n),
      block: fc.constant(BLOCK),
      tempo: fc.constantFrom(0, 1, 360),
      lastMechanismStep: fc.constantFrom(0, BLOCK - 360, BLOCK - 1),
      stake: perUid(mostly(fc.bigInt({ min: 1n, max: 2n ** 50n }), fc.constantFrom(0n, 7n)).map(stakeOf)),
      stakeThreshold: mostly(fc.constant(0n), fc.constant(2n ** 49n)),
      lastUpdate: perUid(mostly(lately, block)),
      registeredAt: perUid(mostly(longAgo, block)),
      permits: perUid(mostly(fc.constant(true), fc.constant(false))),
      maxValidators: fc.integer({ min: 1, max: n + 1 }),
      weights: perUid(row),
      bonds: perUid(row),
      kappa: mostly(fc.constant(32_767), u16),
      bondsPenalty: u16,
      bondsMovingAverage: fc.constantFrom(0, 900_000, 975_000, 1_000_000),
      yuma3: fc.boolean(),
      liquidAlpha: fc.boolean(),
      alphaLow: fc.integer({ min: 1_638, max: 30_000 }),
      alphaHigh: fc.integer({ min: 30_000, max: 65_535 }),
      alphaSteepness: mostly(fc.constant(1_000), fc.integer({ min: -32_768, max: 32_767 })),
      activityCutoff: fc.constantFrom(1, 5_000),
      ownerUid: fc.option(fc.integer({ min: 0, max: n - 1 })),
      commitBlocks: fc.option(perUid(fc.option(mostly(lately, block))), { nil: undefined }),
      emissionRao: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    });
  });

const total = (rao: readonly bigint[]): bigint => rao.reduce((sum, own) => sum + own, 0n);

test("sparse equals dense, in every raw number", () => {
  fc.assert(
    fc.property(network(), (input) => {
      const fast = runEpoch(input);
      const dense = runEpochDense(input);
      const comparable = {
        consensus: Array.from(fast.consensus, BigInt),
        incentive: Array.from(fast.incentive, BigInt),
        dividends: Array.from(fast.dividends, BigInt),
        validatorTrust: Array.from(fast.validatorTrust, BigInt),
        permits: fast.permits,
        bonds: fast.bonds,
        serverEmission: fast.serverEmission,
        validatorEmission: fast.validatorEmission,
      };
      expect(comparable).toEqual(dense);
    }),
    { numRuns: 500 },
  );
});

test("the generator reaches networks that pay and networks that do not", () => {
  const paid = fc
    .sample(network(), { numRuns: 200, seed: 1 })
    .map((input) => runEpoch(input).incentive.some((own) => own > 0));
  expect(paid.filter(Boolean).length).toBeGreaterThan(40);
  expect(paid.filter((pays) => !pays).length).toBeGreaterThan(10);
});

/** uid i becomes `names[i]`; rows stay sorted. */
function rename(input: EpochInput, names: readonly number[]): EpochInput {
  const move = <T>(values: readonly T[]): T[] => {
    const moved: T[] = [];
    for (const [uid, value] of values.entries()) moved[names[uid]!] = value;
    return moved;
  };
  const rows = (all: readonly Row[]): Row[] =>
    move(
      all.map((row) => row.map(([uid, value]) => [names[uid]!, value] as const).sort(([a], [b]) => a - b)),
    );
  return {
    ...input,
    stake: move(input.stake),
    lastUpdate: move(input.lastUpdate),
    registeredAt: move(input.registeredAt),
    permits: move(input.permits),
    weights: rows(input.weights),
    bonds: rows(input.bonds),
    ownerUid: input.ownerUid === null ? null : names[input.ownerUid]!,
    commitBlocks: input.commitBlocks === undefined ? undefined : move(input.commitBlocks),
  };
}

test("permuting the uids permutes the results", () => {
  const withNames = network().chain((input) =>
    fc.tuple(
      // Equal stakes would be told apart by uid: who keeps a permit is then a matter of names.
      fc.constant({ ...input, maxValidators: input.n }),
      fc.shuffledSubarray([...Array(input.n).keys()], { minLength: input.n, maxLength: input.n }),
    ),
  );
  fc.assert(
    fc.property(withNames, ([input, names]) => {
      const before = runEpoch(input);
      const after = runEpoch(rename(input, names));
      for (const [uid, name] of names.entries()) {
        for (const key of [
          "consensus",
          "incentive",
          "dividends",
          "validatorTrust",
          "permits",
          "serverEmission",
          "validatorEmission",
        ] as const)
          expect([key, after[key][name]]).toEqual([key, before[key][uid]]);
        const bonds = before.bonds[uid]!.map(([to, value]): [number, number] => [names[to]!, value]);
        expect(after.bonds[name]).toEqual(bonds.sort(([a], [b]) => a - b));
      }
    }),
    { numRuns: 200 },
  );
});

test("multiplying a validator's weights by a number changes nothing", () => {
  const scaled = fc.tuple(network(), fc.integer({ min: 2, max: 9 }));
  fc.assert(
    fc.property(scaled, ([input, factor]) => {
      const small = input.weights.map((row) =>
        row.map(([uid, value]) => [uid, Math.floor(value / 9)] as const),
      );
      const large = small.map((row, uid) =>
        uid % 2 === 0 ? row.map(([to, value]) => [to, value * factor] as const) : row,
      );
      const told = ({ weights: _, clipped: __, ...rest }: EpochOutput) => rest;
      expect(told(runEpoch({ ...input, weights: large }))).toEqual(
        told(runEpoch({ ...input, weights: small })),
      );
    }),
    { numRuns: 200 },
  );
});

test("no emission from nothing: never more is paid than there is, and nothing to those who have no part", () => {
  fc.assert(
    fc.property(network(), (input) => {
      const { serverEmission, validatorEmission, combinedEmission } = runEpoch(input);
      expect(total(serverEmission) + total(validatorEmission)).toBeLessThanOrEqual(input.emissionRao);
      expect(total(combinedEmission)).toBeLessThanOrEqual(input.emissionRao);
      for (let uid = 0; uid < input.n; uid++) {
        if (!input.weights.some((row) => row.some(([to, value]) => to === uid && value > 0)))
          expect(serverEmission[uid]).toBe(0n);
        if (input.stake[uid] === 0n && input.yuma3) expect(validatorEmission[uid]).toBe(0n);
      }
    }),
    { numRuns: 300 },
  );
});

test("without stake nobody gets anything, however many weights there are", () => {
  fc.assert(
    fc.property(network(), (input) => {
      const output = runEpoch({ ...input, stake: input.stake.map(() => 0n) });
      expect(total(output.serverEmission) + total(output.validatorEmission)).toBe(0n);
      expect(output.permits.filter(Boolean).length).toBeLessThanOrEqual(input.ownerUid === null ? 0 : 1);
    }),
    { numRuns: 100 },
  );
});

test("stake below half cannot lift anyone above what the majority gives", () => {
  const attack = fc.tuple(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 1, max: 49 }));
  fc.assert(
    fc.property(attack, ([bribe, share]) => {
      const input: EpochInput = {
        ...fc.sample(network(), { numRuns: 1, seed: 5 })[0]!,
        n: 4,
        stake: [stakeOf(BigInt(100 - share)), stakeOf(BigInt(share)), 0n, 0n],
        stakeThreshold: 0n,
        lastUpdate: [BLOCK, BLOCK, 0, 0],
        registeredAt: [0, 0, 0, 0],
        permits: [true, true, false, false],
        maxValidators: 2,
        weights: [
          [
            [2, 40_000],
            [3, 25_000],
          ],
          [
            [2, 65_535 - bribe],
            [3, bribe],
          ],
          [],
          [],
        ],
        bonds: [[], [], [], []],
        kappa: 32_767,
        activityCutoff: 5_000,
        ownerUid: null,
        commitBlocks: undefined,
      };
      const { consensus, weights } = runEpoch(input);
      for (const uid of [2, 3]) expect(consensus[uid]!).toBeLessThanOrEqual(weights.values[uid - 2]!);
    }),
    { numRuns: 100 },
  );
});
