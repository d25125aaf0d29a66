/** async-substrate-interface 2.2.1 alone against the devnet: what `substrate-interface.py` saw, step by step. */
import { beforeAll, describe, expect, test } from "bun:test";
import { lacksPython } from "../support/python.ts";
import { expectConsecutive, expectPaid } from "./expect.ts";
import { HOTKEYS, ONE_TO_THREE, TEMPO } from "./genesis.ts";
import { type ClientRun, runClient } from "./run-client.ts";

const SLOW_MS = 240_000;
const missing = await lacksPython("classic");
const done = { success: true, error: null };

describe.skipIf(missing !== undefined)("async-substrate-interface 2.2.1", () => {
  let run: ClientRun;

  beforeAll(async () => {
    run = await runClient({ environment: "classic", script: "substrate-interface.py" });
  }, SLOW_MS);

  test("connects and reads genesis, runtime version and constants", () => {
    expect(run.said("connect")).toMatchObject({ chain: "Bittensor", version: 424, slot: 250 });
  });

  test("reads the metagraph by runtime calls, and pages through a map", () => {
    const { hotkeys, permits, keys, selective } = run.said("metagraph") as Record<string, unknown[]>;
    expect(hotkeys).toEqual(HOTKEYS);
    expect(permits?.[1]).toBe(true);
    expect(keys as unknown).toEqual(Object.fromEntries(HOTKEYS.map((hotkey, uid) => [uid, hotkey])));
    expect(selective as unknown).toBe(true);
  });

  test("reads all 33 hyperparameters of version 3", () => {
    const { names, tempo } = run.said("hyperparameters") as { names: string[]; tempo: number };
    expect(names.length).toBe(33);
    expect(tempo).toBe(TEMPO);
  });

  test("follows heads without a gap", () => expectConsecutive(run));

  test("is told of each change of a storage value", () => expectConsecutive(run, "storage subscription"));

  test("transfers, and is told the fee before and after", () => {
    expect(run.said("transfer")).toMatchObject({ ...done, moved: 1_500_000_000 });
    expect(run.said("transfer").fee).toBeGreaterThan(0);
    expect(Number(run.said("payment").partial_fee)).toBeGreaterThan(0);
  });

  test("registers a neuron, and is refused the second time by name", () => {
    expect(run.said("register")).toMatchObject({ ...done, uid: 4 });
    expect(run.said("register twice")).toMatchObject({
      success: false,
      error: "HotKeyAlreadyRegisteredInSubNet",
    });
  });

  test("stakes", () => {
    expect(run.said("stake")).toMatchObject(done);
    expect(run.said("stake").gained).toBeGreaterThan(0);
  });

  test("serves an axon", () => {
    expect(run.said("serve_axon")).toMatchObject({ ...done, ip: 0xcb007107, port: 8_091 });
  });

  test("commits data and reads it back", () => {
    const { success, read } = run.said("commitment");
    expect(success).toBe(true);
    expect(read).toMatch(/hello devnet|68656c6c6f206465766e6574/);
  });

  test("sets weights and reads them back upscaled", () => {
    expect(run.said("set_weights")).toMatchObject({ ...done, weights: ONE_TO_THREE });
  });

  test("is refused within the rate limit at the pool, and without a permit in dispatch", () => {
    const { success, error } = run.said("rate_limit");
    expect(success).toBe(false);
    expect(error).toContain("Custom error: 6");
    expect(run.said("no permit")).toMatchObject({ success: false, error: "NeuronNoValidatorPermit" });
  });

  test("commits weights by hash; too early a reveal is refused, that of the next epoch counts", () => {
    const { committed, early, revealed, weights } = run.said("commit_reveal");
    expect(committed).toMatchObject(done);
    expect(early).toMatchObject({ success: false });
    expect(revealed).toMatchObject(done);
    expect(weights).toEqual(ONE_TO_THREE);
  });

  test("is paid by an epoch: incentive by weight, dividends to the validator", () => expectPaid(run, 65_535));

  test("asks for the state of an unknown block and is told so", () => {
    expect(run.said("discarded").error).toContain("11111111");
  });
});
