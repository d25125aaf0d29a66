/** The sealed weights of a real Python client, opened with the real drand's signature: what `timelock.py` saw. */
import { beforeAll, describe, expect, test } from "bun:test";
import { lacksPython } from "../support/python.ts";
import { ONE_TO_THREE } from "./genesis.ts";
import { type ClientRun, runClient } from "./run-client.ts";

const SLOW_MS = 240_000;
const missing = await lacksPython("classic");

describe.skipIf(missing !== undefined)("weights sealed by bittensor-drand 2.0.0", () => {
  let run: ClientRun;

  beforeAll(async () => {
    run = await runClient({ environment: "classic", script: "timelock.py", genesis: { beacon: "quicknet" } });
  }, SLOW_MS);

  test("are taken, and hidden", () => {
    expect(run.said("commit")).toMatchObject({ success: true, round: 1_000, shown: null });
  });

  test("stay closed while drand has not signed their round", () => {
    expect(run.said("epoch without the round")).toEqual({ shown: null });
  });

  test("are opened by drand's signature and by nothing else, and are those that were sealed", () => {
    expect(run.said("pulse")).toMatchObject({ success: true });
    expect(run.said("epoch with the round")).toEqual({ shown: ONE_TO_THREE });
  });
});
