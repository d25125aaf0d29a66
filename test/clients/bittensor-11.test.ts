/** bittensor 11.3.0 against the devnet: what `bittensor-11.py` saw, step by step. */
import { beforeAll, describe, expect, test } from "bun:test";
import { lacksPython } from "../support/python.ts";
import { expectConsecutive, expectHyperparameters, expectPaid } from "./expect.ts";
import { HOTKEYS } from "./genesis.ts";
import { type ClientRun, runClient } from "./run-client.ts";

const SLOW_MS = 240_000;
const missing = await lacksPython("current");

describe.skipIf(missing !== undefined)("bittensor 11.3.0", () => {
  let run: ClientRun;

  beforeAll(async () => {
    run = await runClient({ environment: "current", script: "bittensor-11.py" });
  }, SLOW_MS);

  test("connects, and reads the block time from the metadata", () => {
    expect(run.said("connect")).toMatchObject({ spec: 424, block_time: 0.25 });
  });

  test("reads the metagraph: hotkeys, stake, and the validator's permit", () => {
    const { hotkeys, permits, stake, uid } = run.said("metagraph") as Record<string, unknown[]>;
    expect(hotkeys).toEqual(HOTKEYS);
    expect(uid as unknown).toBe(1);
    expect(permits?.[1]).toBe(true);
    expect(stake?.[1]).toBeGreaterThanOrEqual(1_000);
  });

  test("reads hyperparameters", () => expectHyperparameters(run));

  test("follows heads without a gap", () => expectConsecutive(run));

  test("transfers, and is told the fee", () => {
    const { success, moved, fee } = run.said("transfer");
    expect({ success, moved }).toEqual({ success: true, moved: 1_500_000_000 });
    expect(fee).toBeGreaterThan(0);
  });

  test("registers a neuron by the raw call", () => {
    expect(run.said("register")).toMatchObject({ success: true, uid: 4 });
  });

  test("stakes and unstakes, protected against slippage", () => {
    const staked = run.said("stake");
    expect(staked).toMatchObject({ success: true });
    expect(staked.gained).toBeGreaterThan(0);
    const unstaked = run.said("unstake");
    expect(unstaked).toMatchObject({ success: true });
    expect(unstaked.left).toBeLessThan(Number(staked.gained));
  });

  test("serves an axon, which the metagraph then shows", () => {
    expect(run.said("serve_axon")).toMatchObject({ success: true, axon: "203.0.113.7:8091" });
  });

  test("commits data and reads it back", () => {
    const { success, read } = run.said("commitment");
    expect(success).toBe(true);
    expect(read).toContain("hello devnet");
  });

  test("sets weights and reads them back", () => {
    expect(run.said("set_weights")).toMatchObject({ success: true, weights: { 2: 0.25, 3: 0.75 } });
  });

  test("is refused within the rate limit, by its own preflight and by the chain", () => {
    const { preflight, success, message } = run.said("rate_limit");
    expect(preflight).toContain("RATE_LIMITED");
    expect(success).toBe(false);
    expect(message).toContain("rate");
  });

  test("commits weights under a timelock where commit-reveal is on", () => {
    const { success, round, commits } = run.said("timelock");
    expect(success).toBe(true);
    expect(round).toBeGreaterThan(0);
    expect(commits).toContain(HOTKEYS[1] ?? "");
  });

  test("is paid by an epoch: incentive by weight, dividends to the validator", () => expectPaid(run, 1));
});
