import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { lacksPython, python } from "../../test/support/python.ts";
import { refusal } from "../../test/support/rejection.ts";
import { QUICKNET } from "../timelock/beacon.ts";
import { beaconKey } from "../timelock/beacon-key.ts";
import { openWithSignature, sealToRound } from "../timelock/timelock.ts";
import { weightsCommitHash } from "./commit-hash.ts";
import { commitEpoch, type EpochSchedule, epochWindow, nextEpochBlock } from "./epoch-schedule.ts";
import { revealRound } from "./reveal-round.ts";
import { decodeWeightsPayload, encodeWeightsPayload } from "./weights-payload.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const HOTKEY = Uint8Array.from({ length: 32 }, (_, at) => at);

describe("the payload of a timelocked commit", () => {
  test("is the SCALE that the chain decodes", () => {
    const payload = { hotkey: HOTKEY, uids: [1, 2], values: [65_535, 3], versionKey: 7n };
    expect(hex(encodeWeightsPayload(payload))).toBe(`80${hex(HOTKEY)}080100020008ffff03000700000000000000`);
  });

  test("is read back, and so is one that names no hotkey", () => {
    const payload = { hotkey: HOTKEY, uids: [9], values: [1], versionKey: 0n };
    expect(decodeWeightsPayload(encodeWeightsPayload(payload))).toEqual(payload);
    const legacy = Uint8Array.of(4, 9, 0, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0);
    expect(decodeWeightsPayload(legacy)).toEqual({
      hotkey: undefined,
      uids: [9],
      values: [1],
      versionKey: 5n,
    });
  });

  test("cut short is malformed, also as a view onto the bytes it lacks", () => {
    const whole = encodeWeightsPayload({ hotkey: HOTKEY, uids: [9], values: [1], versionKey: 0n });
    for (const end of [0, 1, 33, whole.length - 1]) {
      expect(refusal(() => decodeWeightsPayload(whole.subarray(0, end))).code).toBe("malformed");
    }
  });
});

test("a commit's hash covers hotkey, index, uids, values, salt and version key", () => {
  const weights = { hotkey: HOTKEY, index: 1, uids: [0, 1], values: [5, 6], salt: [7, 8], versionKey: 9n };
  const others = [
    { hotkey: HOTKEY.map((byte) => byte + 1) },
    { index: 4_097 },
    { uids: [1, 0] },
    { values: [5, 7] },
    { salt: [8, 7] },
    { versionKey: 8n },
    // The same numbers, cut differently between two lists.
    { uids: [0, 1, 5], values: [6] },
  ];
  const hashes = [{}, ...others].map((change) => hex(weightsCommitHash({ ...weights, ...change })));
  expect(new Set(hashes).size).toBe(hashes.length);
});

/** Block 103 of a subnet whose fifth epoch ran at 100. */
const schedule: EpochSchedule = {
  block: 103,
  tempo: 10,
  lastEpochBlock: 100,
  pendingEpochAt: 0,
  epochIndex: 5,
  blocksSinceLastStep: 3,
};

describe("the schedule of epochs", () => {
  test("an epoch runs a tempo after the last", () => {
    expect(nextEpochBlock(schedule)).toBe(110);
    expect(epochWindow(schedule, 6)).toEqual({ first: 110, end: 120 });
    expect(epochWindow(schedule, 8)).toEqual({ first: 130, end: 140 });
    expect(epochWindow(schedule, 5)).toEqual({ first: 100, end: 110 });
  });

  test("or where the owner asked for one, and a tempo after that the next", () => {
    const asked = { ...schedule, pendingEpochAt: 106 };
    expect(nextEpochBlock(asked)).toBe(106);
    expect(epochWindow(asked, 7)).toEqual({ first: 116, end: 126 });
    expect(nextEpochBlock({ ...schedule, pendingEpochAt: 200 })).toBe(110);
  });

  test("one that is overdue runs in the next block", () => {
    expect(nextEpochBlock({ ...schedule, block: 115 })).toBe(116);
    expect(nextEpochBlock({ ...schedule, blocksSinceLastStep: 50_401 })).toBe(104);
  });

  test("a commit in the very block of an epoch belongs to the new one", () => {
    expect(commitEpoch({ ...schedule, block: 108 })).toBe(5);
    expect(commitEpoch({ ...schedule, block: 109 })).toBe(6);
  });

  test("a subnet without a tempo has none", () => {
    expect(refusal(() => nextEpochBlock({ ...schedule, tempo: 0 })).code).toBe("refused");
  });
});

describe("the reveal round", () => {
  const base = { schedule, revealPeriod: 1, blockTimeMs: 12_000, beacon: QUICKNET };

  test("is the last before three blocks of the reveal epoch have passed", () => {
    const now = QUICKNET.genesisMs + 3_000 * 1_000_000;
    // Block 110 and three more are ten blocks away: 120 s, 40 rounds.
    expect(revealRound({ ...base, now })).toEqual({ round: 1_000_040, epoch: 5, block: 110 });
  });

  test("is due after the epoch begins, and long before it ends", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 5 }), (ahead, revealPeriod) => {
        const at = { ...schedule, block: 100 + ahead };
        const now = QUICKNET.genesisMs + 3_000 * 7_777_777;
        const { round, block } = revealRound({ ...base, schedule: at, revealPeriod, now });
        const due = QUICKNET.genesisMs + (round - 1) * QUICKNET.periodMs;
        const begins = now + (block - at.block) * base.blockTimeMs;
        expect(due).toBeGreaterThan(begins);
        expect(due).toBeLessThan(begins + schedule.tempo * base.blockTimeMs);
      }),
    );
  });
});

test("a commit goes all the way: sealed, opened by the beacon, read", () => {
  const beacon = beaconKey({ seed: new Uint8Array(32).fill(3), periodMs: 1_000, genesisMs: 0 });
  const payload = { hotkey: HOTKEY, uids: [1], values: [65_535], versionKey: 1n };
  const plaintext = encodeWeightsPayload(payload);
  const sealed = sealToRound({ plaintext, round: 12n, beacon, rng: createSeededRng(1) });
  expect(decodeWeightsPayload(openWithSignature(sealed, beacon.sign(12n)))).toEqual(payload);
});

const missing = await lacksPython("classic");
describe.skipIf(missing !== undefined)("bittensor 10.5.0 with bittensor-drand 2.0.0", () => {
  const CASES: { schedule: EpochSchedule; revealPeriod: number; blockTimeMs: number }[] = [
    { schedule, revealPeriod: 1, blockTimeMs: 12_000 },
    { schedule: { ...schedule, block: 109 }, revealPeriod: 1, blockTimeMs: 12_000 },
    { schedule: { ...schedule, block: 110 }, revealPeriod: 1, blockTimeMs: 12_000 },
    { schedule: { ...schedule, pendingEpochAt: 106 }, revealPeriod: 2, blockTimeMs: 12_000 },
    { schedule: { ...schedule, pendingEpochAt: 104 }, revealPeriod: 1, blockTimeMs: 250 },
    { schedule: { ...schedule, tempo: 360 }, revealPeriod: 3, blockTimeMs: 12_000 },
    {
      schedule: { ...schedule, block: 50_000, blocksSinceLastStep: 60_000 },
      revealPeriod: 1,
      blockTimeMs: 12_000,
    },
  ];

  test("seals to the same round, and in as many bytes", async () => {
    const said = await python<{ before: number; round: number; bytes: number; after: number }[]>(
      "classic",
      `
import time, bittensor_drand as drand
def one(case):
  s = case["schedule"]; before = time.time()
  sealed, round = drand.get_encrypted_commit_v2([1, 2], [3, 4], 7, s["lastEpochBlock"], s["pendingEpochAt"], s["epochIndex"],
    s["tempo"], s["blocksSinceLastStep"], s["block"], case["revealPeriod"], case["blockTimeMs"] / 1000, bytes(range(32)))
  return {"before": before * 1000, "round": round, "bytes": len(sealed), "after": time.time() * 1000}
answer([one(case) for case in given])`,
      CASES,
    );
    for (const [at, options] of CASES.entries()) {
      const theirs = said[at] ?? { before: 0, round: 0, bytes: 0, after: 0 };
      const round = (now: number) => revealRound({ ...options, beacon: QUICKNET, now }).round;
      expect([round(theirs.before), round(theirs.after)]).toContain(theirs.round);
      const plaintext = encodeWeightsPayload({
        hotkey: HOTKEY,
        uids: [1, 2],
        values: [3, 4],
        versionKey: 7n,
      });
      const ours = sealToRound({ plaintext, round: 1n, beacon: QUICKNET, rng: createSeededRng(at) });
      expect(ours.length).toBe(theirs.bytes);
    }
  }, 60_000);

  test("commits to the same hash", async () => {
    const weights = { uids: [1, 2], values: [3, 65_535], salt: [9, 8, 7], versionKey: 7 };
    const said = await python<string>(
      "classic",
      `
from bittensor.utils.weight_utils import generate_weight_hash
answer(generate_weight_hash(address=given["address"], netuid=1, uids=given["uids"], values=given["values"],
                            salt=given["salt"], version_key=given["versionKey"]))`,
      { ...weights, address: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY" },
    );
    const alice = Uint8Array.from(
      Buffer.from("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d", "hex"),
    );
    const hash = weightsCommitHash({ ...weights, hotkey: alice, index: 1, versionKey: 7n });
    expect(`0x${hex(hash)}`).toBe(said);
  }, 60_000);
});
