import { expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import { implement } from "../../protocol/service.ts";
import { Miner, type SubmissionReply, type SubmissionRequest } from "../../protocol/services/miner.ts";
import { NO_MODEL } from "../../test/support/no-model.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { createHarness, type Harness } from "../../test/support/subnet-harness.ts";
import { bootNode } from "../boot-node.ts";
import { simulatedSigner } from "../simulation/keys.ts";
import { createIntake, type Wanted } from "./intake.ts";

const PROGRAM = { runtime: "python" as const, entry: "main.py", files: { "main.py": "pass" } };
const UID = 9;
const wanted = (round: number, hotkey = "first"): Wanted => ({
  ...{ round, kind: "sum", uid: UID },
  hotkey: simulatedSigner(hotkey).hotkey,
});

/** An intake, and a miner at uid 9 that says what the test wants. */
async function start(submission: (request: SubmissionRequest) => Promise<SubmissionReply>) {
  const harness = await createHarness({ miners: {}, params: { sums: 0, words: 0 } });
  harness.world.node("nine", async (ports) => {
    const { node } = bootNode({ name: "nine", net: "tiny", roles: ["miner"], ports, log: keptLog() });
    await node.serve(implement(Miner, { submission, answer: async function* () {}, ...NO_MODEL }), {
      key: String(UID),
    });
  });
  await harness.world.advance(100);
  const node = harness.validator();
  const fresh = () => createIntake({ node, ledger: harness.ledger, subnet: "tiny", patienceMs: 20_000 });
  return { harness, intake: fresh(), fresh, signal: node.signal };
}

async function soon<T>(harness: Harness, work: Promise<T>): Promise<T> {
  await harness.world.advance(30_000);
  return work;
}

test("an unchanged program does not travel again", async () => {
  const asked: (string | undefined)[] = [];
  const { harness, intake, signal } = await start(async ({ have }) => {
    asked.push(have);
    return have === undefined ? { status: "program", program: PROGRAM } : { status: "unchanged" };
  });
  await using _ = harness;
  const first = await soon(harness, intake.collect(wanted(1), signal));
  const second = await soon(harness, intake.collect(wanted(2), signal));
  expect(asked).toEqual([undefined, first?.held.digest]);
  expect(second?.held).toEqual(first?.held as never);
  expect(second?.submission).toMatchObject({ round: 2, digest: first?.held.digest });
});

test("a hotkey that takes over a uid cannot claim its predecessor's program as unchanged", async () => {
  let calls = 0;
  const { harness, intake, signal } = await start(async () =>
    calls++ === 0 ? { status: "program", program: PROGRAM } : { status: "unchanged" },
  );
  await using _ = harness;
  await soon(harness, intake.collect(wanted(1), signal));
  expect(await soon(harness, intake.collect(wanted(2, "second"), signal))).toBeUndefined();
  expect(await harness.events("miner.absent")).toEqual([
    { key: `2/sum/${UID}`, body: expect.objectContaining({ reason: expect.stringContaining("nothing") }) },
  ]);
});

test("what is on record stands: a validator that asks again after a crash judges the program it recorded", async () => {
  let version = 0;
  const { harness, intake, fresh, signal } = await start(async () => ({
    status: "program",
    program: { ...PROGRAM, files: { "main.py": `pass # ${version++}` } },
  }));
  await using _ = harness;
  const first = await soon(harness, intake.collect(wanted(1), signal));
  const again = await soon(harness, fresh().collect(wanted(1), signal));
  expect(version).toBe(2);
  expect(again?.submission).toEqual(first?.submission as never);
  expect(again?.held.files.sha256).toBe(first?.held.files.sha256 as string);
});

test("a miner that is away for a moment is asked again within the patience", async () => {
  let calls = 0;
  const { harness, intake, signal } = await start(async () => {
    if (calls++ < 2) throw new Failure("draining", "restarting", { retryAfterMs: 3_000 });
    return { status: "program", program: PROGRAM };
  });
  await using _ = harness;
  expect(await soon(harness, intake.collect(wanted(1), signal))).toBeDefined();
  expect(calls).toBe(3);
});
