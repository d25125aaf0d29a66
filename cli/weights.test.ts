/** The verb as an operator runs it: against a devnet, with a ledger that a validator wrote. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { record } from "../actors/records.ts";
import { type Devnet, openDevnet } from "../chain/devnet/devnet.ts";
import { signerFromUri } from "../chain/keys/index.ts";
import { openLedger } from "../ledger/open.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { runVerb } from "../test/support/cli.ts";
import { tempFolder } from "../test/support/temp-folder.ts";
import { silentLogger } from "./terminal/cli-logger.ts";

const SUBNET = join(import.meta.dir, "../test/support/tiny-subnet.ts");
const clock = createSystemClock();

let devnet: Devnet;
let folder: ReturnType<typeof tempFolder>;
let ledger: string;
let common: string[];

beforeAll(async () => {
  folder = tempFolder();
  ledger = join(folder.path, "ledger.sqlite");
  devnet = await openDevnet({
    ...{ clock, log: silentLogger, blockTimeMs: "manual", listen: { port: 0 } },
    genesis: {
      startAt: clock.now(),
      subnets: [
        {
          ...{ netuid: 1, owner: "//Owner", tempo: 10, weightsRateLimit: 5 },
          neurons: [
            { hotkey: "//Validator", coldkey: "//Cold", stakeTao: 1_000 },
            { hotkey: "//Miner", coldkey: "//Cold" },
          ],
        },
      ],
    },
  });
  common = ["--subnet", SUBNET, "--ledger", ledger];
  const miner = { uid: 1, hotkey: (await signerFromUri("//Miner")).hotkey };
  const key = { subnet: "tiny", round: 0, task: "sum-1", submission: "u1-x", attempt: 1 };
  const verdict = { outcome: "ok", accuracy: 1, reward: 1 } as const;
  const digest = "ab".repeat(32);
  const kept = await openLedger(ledger, { clock });
  await kept.append([
    record("tiny", "round.opened", {
      ...{ round: 0, block: 0, seed: "0x01", mechanism: { name: "tiny", version: 1 }, miners: [miner] },
      tasks: [{ id: "sum-1", kind: "sum", public: digest, sealed: digest }],
    }),
    record("tiny", "job.concluded", {
      ...{ key, uid: 1, kind: "sum", outcome: "ok", evidence: null },
      score: { key, uid: 1, kind: "sum", ...verdict },
    }),
    record("tiny", "round.closed", { round: 0, judged: 1, unjudged: 0, at: 0 }),
    record("tiny", "weights.set", { epoch: 3, round: 0, block: 33, hash: "0x02", method: "set" }),
  ]);
  await kept.close();
});
afterAll(async () => {
  await devnet.close();
  folder[Symbol.dispose]();
});

const weights = (...args: string[]) => runVerb(["weights", ...args, ...common], { cwd: folder.path });
const plan = (hotkey: string, ...more: string[]) =>
  weights("plan", "--network", devnet.url ?? "", "--hotkey", hotkey, ...more);

describe("bun run weights", () => {
  test("plan: the row, the method and the block, and that the chain would take it", async () => {
    const { code, out } = await plan("//Validator");
    expect(out).toContain("Would be set in the open: commit-reveal is off on this subnet.");
    expect(out).toContain("Now: the next block is 1.");
    expect(out).toContain("every check passes");
    expect(code).toBe(0);
    const told = JSON.parse((await plan("//Validator", "--json")).out) as object;
    expect(told).toMatchObject({
      set: true,
      method: "set",
      row: { uids: [1], values: [65_535] },
      problems: [],
    });
  });

  test("plan: what the chain would refuse it for, and exit code 1", async () => {
    const { code, out } = await plan("//Nobody");
    expect(code).toBe(1);
    expect(out).toContain("HotKeyNotRegisteredInSubNet");
    expect(out).toContain("Register the hotkey on this subnet first");
    const old = JSON.parse((await plan("//Nobody", "--json")).out) as { problems: { code: string }[] };
    expect(old.problems[0]?.code).toBe("unauthorised");
  });

  test("plan changes nothing on chain", async () => {
    await plan("//Validator");
    expect(devnet.node.pending()).toEqual([]);
  });

  test("history: what became of each decision", async () => {
    const { code, out } = await weights("history");
    expect(code).toBe(0);
    expect(out).toContain("read back from block 33");
    expect(JSON.parse((await weights("history", "--json")).out)).toMatchObject({
      weights: [{ epoch: 3, state: "set", method: "set", block: 33 }],
    });
  });

  test.each([
    [["plan", "--network", "finny", "--hotkey", "//A"], "there is no such network"],
    [["plan"], "asks for a hotkey"],
    [["plain"], "weights has no verb plain"],
    [["history", "--ledger", "/nowhere/ledger.sqlite"], "there is no ledger"],
  ])("%j is refused in one line with exit code 2", async (args, says) => {
    const { code, error } = await runVerb(
      ["weights", ...args, ...common.filter((_, at) => !args.includes("--ledger") || at < 2)],
      {
        cwd: folder.path,
      },
    );
    expect(error.trim().split("\n")).toHaveLength(1);
    expect(error).toContain(says);
    expect(code).toBe(2);
  });
});
