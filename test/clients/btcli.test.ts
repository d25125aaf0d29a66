/** bittensor-cli 9.23.2 against the devnet: what `btcli.py` saw, step by step. */
import { beforeAll, describe, expect, test } from "bun:test";
import { lacksPython } from "../support/python.ts";
import { HOTKEYS, ONE_TO_THREE, TEMPO, WEIGHTS_RATE_LIMIT } from "./genesis.ts";
import { type ClientRun, runClient } from "./run-client.ts";

/** A dozen commands, each a process that loads the whole package. */
const SLOW_MS = 240_000;
const missing = await lacksPython("cli");

describe.skipIf(missing !== undefined)("bittensor-cli 9.23.2", () => {
  let run: ClientRun;

  beforeAll(async () => {
    // Its extrinsics live sixteen blocks: at 250 ms a busy machine would miss them.
    run = await runClient({ environment: "cli", script: "btcli.py", blockTime: "500ms" });
  }, SLOW_MS);

  test("shows balances and lists the subnets", () => {
    expect(run.said("balance")).toMatchObject({ free: 10_000, staked: 0 });
    expect(run.said("subnets")).toEqual({ netuids: ["0", "1", "2"] });
  });

  test("shows the metagraph", () => {
    const { uids } = run.said("metagraph") as { uids: { hotkey: string; stake: number }[] };
    expect(uids.map(({ hotkey }) => hotkey)).toEqual(HOTKEYS);
    expect(uids[1]?.stake).toBeGreaterThanOrEqual(1_000);
  });

  test("shows hyperparameters, and sets one as the subnet's owner", () => {
    expect(run.said("hyperparameters")).toEqual({
      tempo: TEMPO,
      limit: WEIGHTS_RATE_LIMIT,
      commit_reveal: false,
    });
    expect(run.said("owner")).toMatchObject({ value: 77 });
  });

  test("transfers", () => {
    const { answer, moved } = run.said("transfer");
    expect(answer).toMatchObject({ success: true });
    expect(moved).toBe(1_500_000_000);
  });

  test("registers a neuron", () => {
    expect(run.said("register")).toMatchObject({
      answer: { success: true, msg: "Registered on 1 with UID 4" },
    });
  });

  test("stakes, and lists the stake", () => {
    const { answer, stake } = run.said("stake");
    const hotkey = HOTKEYS[1] ?? "";
    expect(answer).toMatchObject({ staking_success: { 1: { [hotkey]: true } } });
    expect(stake).toMatchObject({ stake_info: { [hotkey]: [{ netuid: 1 }] } });
  });

  test("serves an axon", () => {
    expect(run.said("serve_axon")).toEqual({ code: 0, ip: 0xcb007107, port: 8_091 });
  });

  test("shows what an epoch paid: incentive by weight, dividends to the validator", () => {
    const { weighed, incentive, dividends, stake } = run.said("epoch") as Record<string, number[]>;
    expect(weighed as unknown).toBe(true);
    expect(incentive?.[3]).toBeCloseTo(0.75, 2);
    expect(dividends?.[1]).toBeCloseTo(1, 2);
    expect(stake?.[3]).toBeGreaterThan(stake?.[2] ?? Number.POSITIVE_INFINITY);
  });

  test("reveals weights that were committed by hash", () => {
    expect(run.said("commit_reveal")).toMatchObject({ committed: true, revealed: { success: true } });
    expect(run.said("revealed")).toEqual({ weights: ONE_TO_THREE });
  });
});
