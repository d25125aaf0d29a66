/** bittensor 10.5.0 against the devnet: what `bittensor-10.py` saw, step by step. */
import { beforeAll, describe, expect, test } from "bun:test";
import { lacksPython } from "../support/python.ts";
import { expectConsecutive, expectHyperparameters, expectPaid } from "./expect.ts";
import { HOTKEYS, ONE_TO_THREE } from "./genesis.ts";
import { type ClientRun, runClient } from "./run-client.ts";

const SLOW_MS = 240_000;
const missing = await lacksPython("classic");

describe.skipIf(missing !== undefined)("bittensor 10.5.0", () => {
  let run: ClientRun;

  beforeAll(async () => {
    run = await runClient({ environment: "classic", script: "bittensor-10.py" });
  }, SLOW_MS);

  test("connects, and sees a chain with fast blocks", () => {
    expect(run.said("connect")).toMatchObject({ fast: true, exists: true });
  });

  test("reads the metagraph: hotkeys, stake, and the validator's permit", () => {
    const { hotkeys, permits, stake, uid, n } = run.said("metagraph") as Record<string, unknown[]>;
    expect(n as unknown).toBe(4);
    expect(hotkeys).toEqual(HOTKEYS);
    expect(uid as unknown).toBe(1);
    expect(permits?.[1]).toBe(true);
    expect(stake?.[1]).toBeGreaterThanOrEqual(1_000);
  });

  test("lists the subnets, root among them", () => {
    expect(run.said("subnets")).toMatchObject({ netuids: [0, 1, 2] });
  });

  test("reads hyperparameters", () => expectHyperparameters(run));

  test("follows heads without a gap", () => expectConsecutive(run));

  test("transfers, and is told the fee", () => {
    const { success, moved, fee } = run.said("transfer");
    expect({ success, moved }).toEqual({ success: true, moved: 1_500_000_000 });
    expect(fee).toBeGreaterThan(0);
  });

  test("registers a neuron", () => {
    expect(run.said("register")).toMatchObject({ success: true, uid: 4 });
  });

  test("stakes and unstakes", () => {
    const { success, gained, message } = run.said("stake");
    expect({ success, message }).toEqual({ success: true, message: "Success" });
    expect(gained).toBeGreaterThan(0);
    const unstaked = run.said("unstake");
    expect(unstaked).toMatchObject({ success: true });
    expect(unstaked.left).toBeLessThan(Number(gained));
  });

  test("serves an axon, which the metagraph then shows", () => {
    expect(run.said("serve_axon")).toMatchObject({ success: true, ip: "203.0.113.7", port: 8_091 });
  });

  test("commits data and reads it back", () => {
    expect(run.said("commitment")).toMatchObject({ success: true, read: "hello devnet" });
  });

  test("sets weights and reads them back upscaled", () => {
    expect(run.said("set_weights")).toMatchObject({
      success: true,
      weights: ONE_TO_THREE,
    });
  });

  test("is refused within the rate limit, by its own gate and by the chain", () => {
    const { gate, chain, message, error } = run.said("rate_limit");
    expect({ gate, chain }).toEqual({ gate: false, chain: false });
    expect(`${message} ${error}`).toContain("Custom error: 6");
  });

  test("commits weights by hash; too early a reveal is refused, that of the next epoch counts", () => {
    expect(run.said("commit_reveal")).toMatchObject({
      committed: true,
      early: false,
      revealed: true,
      weights: ONE_TO_THREE,
    });
  });

  test("commits weights under a timelock where commit-reveal is on", () => {
    expect(run.said("timelock")).toMatchObject({ success: true, commits: [HOTKEYS[1]] });
  });

  test("is paid by an epoch: incentive by weight, dividends to the validator", () => expectPaid(run, 1));

  test("waits for blocks to come", () => {
    expect(run.said("runs on").later).toBeGreaterThanOrEqual(2);
  });
});
