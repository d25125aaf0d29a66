/** The chain's own epochs, and the rules that its tests do not reach. */
import { describe, expect, test } from "bun:test";
import { printOutput, readCase } from "./case.ts";
import { runEpoch } from "./epoch.ts";
import type { EpochInput, EpochOutput } from "./epoch-input.ts";
import { ONE, toU16 } from "./fixed-point.ts";
import type { Row } from "./sparse.ts";
import { stakeOf } from "./stake.ts";
import chain from "./vectors/chain-epochs.json" with { type: "json" };
import example from "./vectors/example.json" with { type: "json" };
import random from "./vectors/networks.json" with { type: "json" };

type Cells = Record<string, number>;
interface Step {
  set: { block: number; resetBonds?: number; commitBlocks?: (number | null)[] } & Record<string, unknown>;
  /** Exact; printed numbers have ten decimals, which name one raw number each. */
  expect?: {
    emission?: number[];
    consensusU16?: Cells;
    incentiveU16?: Cells;
    dividendsU16?: Cells;
    bonds?: Record<string, Cells>;
    permits?: boolean[];
    printed?: Partial<Record<"consensus" | "incentive" | "validatorTrust" | "dividends", number[]>>;
    printedBonds?: number[][][];
    paid?: number[];
    equalServerEmission?: number[];
  };
  /** Within the 1e-3 that the chain's tests allow. */
  near?: { bonds: number[][]; dividends: number[] };
}

const TESTS = chain.tests as unknown as { name: string; start: Record<string, unknown>; epochs: Step[] }[];

/** The first state of a test as an epoch's input; not by `readCase`, since the chain also takes vectors of odd lengths. */
const begin = (start: Record<string, unknown>): EpochInput => ({
  ...(start as unknown as EpochInput),
  stake: (start.stake as string[]).map((rao) => stakeOf(BigInt(rao))),
  stakeThreshold: BigInt(start.stakeThreshold as string),
  emissionRao: BigInt(start.emissionRao as string),
});

function change(input: EpochInput, { block, resetBonds, commitBlocks, ...parts }: Step["set"]): EpochInput {
  const changed: Record<string, unknown> = { ...input, block, commitBlocks };
  for (const [key, cells] of Object.entries(parts)) {
    const values = [...(changed[key] as unknown[])];
    for (const [uid, value] of Object.entries(cells as Record<string, unknown>))
      values[Number(uid)] = key === "stake" ? stakeOf(BigInt(value as string)) : value;
    changed[key] = values;
  }
  if (resetBonds !== undefined)
    changed.bonds = input.bonds.map((row) => row.filter(([column]) => column !== resetBonds));
  return changed as unknown as EpochInput;
}

const raw = (printed: number): number => Math.round(printed * ONE);
const bond = (output: EpochOutput, row: number, column: number): number =>
  output.bonds[row]?.find(([uid]) => uid === column)?.[1] ?? 0;

function check(output: EpochOutput, { expect: expected = {}, near }: Step, n: number): void {
  if (expected.emission !== undefined) expect(output.combinedEmission.map(Number)).toEqual(expected.emission);
  if (expected.permits !== undefined) expect(output.permits).toEqual(expected.permits);
  for (const [key, values] of Object.entries(expected.printed ?? {}))
    expect([key, ...output[key as "consensus"]]).toEqual([key, ...values.map(raw)]);
  for (const [key, field] of [
    ["consensusU16", "consensus"],
    ["incentiveU16", "incentive"],
    ["dividendsU16", "dividends"],
  ] as const)
    for (const [uid, stored] of Object.entries(expected[key] ?? {}))
      expect([key, uid, toU16(output[field][Number(uid)]!)]).toEqual([key, uid, stored]);
  for (const [row, cells] of Object.entries(expected.bonds ?? {}))
    for (const [column, stored] of Object.entries(cells))
      expect([row, column, bond(output, Number(row), Number(column))]).toEqual([row, column, stored]);
  if (expected.printedBonds !== undefined)
    expect(output.bonds).toEqual(
      expected.printedBonds.map((row) =>
        row.map(([uid, value]): [number, number] => [uid!, toU16(raw(value!))]),
      ),
    );
  for (const uid of expected.paid ?? []) expect(output.serverEmission[uid]!).toBeGreaterThan(0n);
  if (expected.equalServerEmission !== undefined)
    expect(new Set(expected.equalServerEmission.map((uid) => output.serverEmission[uid])).size).toBe(1);
  if (near === undefined) return;
  for (const [row, cells] of near.bonds.entries()) {
    for (const [at, value] of cells.entries()) {
      const column = n - cells.length + at;
      expect(Math.abs(bond(output, row, column) / 65_535 - value)).toBeLessThanOrEqual(1e-3);
    }
  }
  for (const [uid, value] of near.dividends.entries())
    expect(Math.abs(toU16(output.dividends[uid]!) / 65_535 - value)).toBeLessThanOrEqual(1e-3);
}

describe("the chain's tests of its epoch (tests/epoch.rs)", () => {
  test.each(TESTS.map(({ name, ...rest }) => [name, rest] as const))("%s", (_, { start, epochs }) => {
    let input = begin(start);
    for (const step of epochs) {
      input = change(input, step.set);
      const output = runEpoch(input);
      check(output, step, input.n);
      input = { ...input, bonds: output.bonds, permits: output.permits };
    }
  });
});

test.each(random.networks.map((network, index) => [index, network] as const))(
  "random network %d: every raw number as the chain's arithmetic gives it",
  (_, { given, expected }) => {
    expect(printOutput(runEpoch(readCase(given))) as unknown).toEqual(expected);
  },
);

const base = readCase(example);
const at = (change: Partial<EpochInput>): EpochOutput => runEpoch({ ...base, ...change });
const replace = <T>(values: readonly T[], index: number, value: T): T[] =>
  values.map((own, i) => (i === index ? value : own));

describe("rules", () => {
  test("a validator without permit has no say, and the owner needs none", () => {
    const without = { permits: replace(base.permits, 0, false) };
    expect(at(without).activeStake[0]).toBe(0);
    expect(at(without).validatorTrust[0]).toBe(0);
    expect(at({ ...without, ownerUid: 0 }).activeStake[0]).toBeGreaterThan(0);
  });

  test("activity ends one block after the cutoff", () => {
    const [updated] = base.lastUpdate;
    expect(at({ block: updated! + base.activityCutoff }).active[0]).toBe(true);
    expect(at({ block: updated! + base.activityCutoff + 1 }).active[0]).toBe(false);
  });

  test("weights from the block of a registration, or before it, do not count", () => {
    const weightTo5 = (registered: number) =>
      at({
        registeredAt: replace(base.registeredAt, 5, registered),
        lastUpdate: base.lastUpdate.map(() => 9_000),
      }).consensus[5];
    expect(weightTo5(8_999)).toBeGreaterThan(0);
    expect(weightTo5(9_000)).toBe(0);
  });

  test("only the owner may weigh itself", () => {
    const weights = replace<Row>(base.weights, 0, [[0, 65_535]]);
    expect(at({ weights }).validatorTrust[0]).toBe(0);
    expect(runEpoch({ ...base, weights, ownerUid: 0, kappa: 0 }).weights.values[0]).toBe(ONE);
  });

  test("a live commit hides its validator's weights to those who registered after it, not in its own block", () => {
    const commits = (block: number | null) =>
      at({ commitBlocks: [block, null, null, null, null, null, null, null] });
    const counted = ({ weights }: EpochOutput) => weights.starts[1]! - weights.starts[0]!;
    expect(counted(commits(null))).toBe(3);
    expect(counted(commits(9_800))).toBe(3);
    expect(counted(commits(9_799))).toBe(2);
  });

  test("bonds to a uid that registered since the last epoch are gone", () => {
    const kept = (registered: number) =>
      at({
        liquidAlpha: false,
        bondsMovingAverage: 1_000_000,
        registeredAt: replace(base.registeredAt, 5, registered),
      }).bonds[0];
    expect(kept(9_640)).toContainEqual([5, 39_999]);
    expect(kept(9_641)!.map(([uid]) => uid)).not.toContain(5);
  });

  test("before the first epoch, one tempo ago counts as the last epoch", () => {
    const kept = (registered: number) =>
      at({
        lastMechanismStep: 0,
        liquidAlpha: false,
        bondsMovingAverage: 1_000_000,
        registeredAt: replace(base.registeredAt, 5, registered),
      }).bonds[0];
    expect(kept(9_639)!.map(([uid]) => uid)).toContain(5);
    expect(kept(9_640)!.map(([uid]) => uid)).not.toContain(5);
  });

  test("with liquid alpha a bond without a weight vanishes, and one with a weight of 0 decays", () => {
    const uid5 = (row: Row) =>
      at({ weights: replace<Row>(base.weights, 0, row) }).bonds[0]!.find(([uid]) => uid === 5);
    expect(uid5([[6, 65_535]])).toBeUndefined();
    const [, decayed] = uid5([
      [5, 0],
      [6, 65_535],
    ])!;
    expect(decayed).toBeGreaterThan(0);
    expect(decayed).toBeLessThan(40_000);
  });

  test("who loses the permit loses its bonds; of equal stakes the later uid keeps it", () => {
    const stake = base.stake.map((_, uid) => (uid < 5 ? stakeOf(1_000n) : 0n));
    const { permits, bonds } = at({ stake, maxValidators: 2 });
    expect(permits).toEqual([false, false, false, true, true, false, false, false]);
    expect(bonds[0]).toEqual([]);
  });

  test("stake below the threshold does not count, unless it is the owner's", () => {
    const stakeThreshold = 300_000_000_000n;
    expect(
      [...at({ stakeThreshold }).stakeWeight.keys()].filter(
        (uid) => at({ stakeThreshold }).stakeWeight[uid]! > 0,
      ),
    ).toEqual([0]);
    expect(at({ stakeThreshold, ownerUid: 4 }).stakeWeight[4]).toBeGreaterThan(0);
  });

  test("without any update block nobody is masked as inactive; beyond a vector too short everybody is", () => {
    const permits = replace(base.permits, 0, false);
    expect(at({ lastUpdate: [], permits }).validatorEmission.map((rao) => rao > 0n)).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(at({ lastUpdate: [9_990, 9_985] }).validatorEmission.map((rao) => rao > 0n)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test("no active stake: validators are paid by stake, inactive or not", () => {
    const { validatorEmission, serverEmission } = at({ lastUpdate: base.lastUpdate.map(() => 0) });
    expect(serverEmission.every((rao) => rao === 0n)).toBe(true);
    expect(validatorEmission[0]! / 1_000_000_000n).toBe(59n);
  });

  test("more uids or stake than the arithmetic is exact for is refused", () => {
    expect(() => at({ n: 4_097 })).toThrow("at most 4096 uids");
    expect(() => at({ stake: base.stake.map(() => stakeOf(2n ** 62n)) })).toThrow("below 2^63 rao");
    expect(() => at({ bondsMovingAverage: 1_000_001 })).toThrow("millionths");
  });
});
