/** turbobt 1.3.2 against the devnet: what `turbobt-1.py` saw, step by step. */
import { beforeAll, describe, expect, test } from "bun:test";
import { lacksPython } from "../support/python.ts";
import { expectConsecutive, expectHyperparameters, expectPaid } from "./expect.ts";
import { HOTKEYS, TEMPO } from "./genesis.ts";
import { type ClientRun, runClient } from "./run-client.ts";

const SLOW_MS = 240_000;
const missing = await lacksPython("turbobt");

describe.skipIf(missing !== undefined)("turbobt 1.3.2", () => {
  let run: ClientRun;

  beforeAll(async () => {
    // Its extrinsics live four blocks: at 250 ms a busy machine would miss them.
    run = await runClient({ environment: "turbobt", script: "turbobt-1.py", blockTime: "1s" });
  }, SLOW_MS);

  test("connects and counts the subnets, root among them", () => {
    expect(run.said("connect")).toMatchObject({ subnets: 3 });
  });

  test("reads the metagraph and who may validate", () => {
    const { hotkeys, validators, stake, tempo } = run.said("metagraph");
    expect({ hotkeys, tempo }).toEqual({ hotkeys: HOTKEYS, tempo: TEMPO });
    // Its rule: whoever has the stake threshold, which is 0 here.
    expect(validators).toContain(HOTKEYS[1]);
    expect(stake).toBeGreaterThanOrEqual(1_000);
  });

  test("reads hyperparameters", () => expectHyperparameters(run));

  test("follows finalized heads without a gap", () => expectConsecutive(run));

  test("transfers", () => {
    expect(run.said("transfer")).toEqual({ moved: 1_500_000_000 });
  });

  test("registers a neuron, and is refused the second time by name", () => {
    expect(run.said("register")).toEqual({ uid: 4 });
    expect(run.said("register twice")).toEqual({ error: "HotKeyAlreadyRegisteredInSubNet" });
  });

  test("stakes", () => {
    expect(run.said("stake").gained).toBeGreaterThan(0);
  });

  test("serves an axon; a loopback address is refused by type", () => {
    expect(run.said("serve_axon")).toEqual({ loopback: "InvalidIpAddress", ip: "203.0.113.7", port: 8_091 });
  });

  test("publishes a certificate", () => {
    expect(run.said("certificate")).toEqual({ published: true });
  });

  test("commits data and reads it back", () => {
    expect(run.said("commitment")).toEqual({ read: "hello devnet", all: 1 });
  });

  test("sets weights and reads them back", () => {
    const { weights } = run.said("set_weights") as { weights: Record<string, number> };
    expect(weights["2"]).toBeCloseTo(1 / 3, 4);
    expect(weights["3"]).toBe(1);
  });

  test("is refused within the rate limit by type", () => {
    expect(run.said("rate_limit")).toEqual({ error: "RateLimitExceeded" });
  });

  test("commits weights under a timelock where commit-reveal is on", () => {
    const { round, hotkeys } = run.said("timelock");
    expect(round).toBeGreaterThan(0);
    expect(hotkeys).toEqual([[HOTKEYS[1]]]);
  });

  test("is paid by an epoch: incentive by weight, dividends to the validator", () => expectPaid(run, 1));
});
