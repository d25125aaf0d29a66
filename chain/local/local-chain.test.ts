import { beforeAll, describe, expect, test } from "bun:test";
import { Failure, type FailureCode } from "../../protocol/failure.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { VirtualClock } from "../../runtime/simulation/virtual-clock.ts";
import type { Signer } from "../chain.ts";
import { signerFromUri } from "../keys/index.ts";
import { createLocalChain, type LocalChain } from "./local-chain.ts";
import { weightsMessage } from "./weights-message.ts";

let alice: Signer;
let bob: Signer;
let stranger: Signer;
beforeAll(async () => {
  [alice, bob, stranger] = await Promise.all([
    signerFromUri("//Alice"),
    signerFromUri("//Bob"),
    signerFromUri("//Eve"),
  ]);
});

const vector = { uids: [1], values: [65_535] };

function chainAt(
  block: number,
  options: { store?: ReturnType<typeof createMemoryStore>; versionKey?: number } = {},
) {
  const clock = new VirtualClock(block * 1_000);
  const genesis = {
    seed: "test",
    startAt: 0,
    blockTimeMs: 1_000,
    tempo: 10,
    weightsRateLimit: 5,
    versionKey: options.versionKey ?? 0,
    neurons: [
      { hotkey: alice.hotkey, coldkey: alice.hotkey, stake: 5_000 },
      { hotkey: bob.hotkey, coldkey: bob.hotkey, stake: 10 },
    ],
  };
  const store = options.store;
  return { clock, chain: createLocalChain({ genesis, clock, ...(store === undefined ? {} : { store }) }) };
}

async function refusal(promise: Promise<unknown>): Promise<{ code: FailureCode; message: string }> {
  const failure = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(failure instanceof Failure)) throw new Error("it should have been refused");
  return { code: failure.code, message: failure.message };
}

/** Signs, sends, and tells the block that took them. */
async function set(
  chain: LocalChain,
  weights: { vector: typeof vector; signer: Signer; versionKey?: number },
): Promise<{ block: number }> {
  const { vector: row, signer, versionKey = 0 } = weights;
  const call = { kind: "set", row, versionKey: `${versionKey}` } as const;
  const signed = await chain.weights.sign({ netuid: 1, call, signer });
  await chain.weights.send(signed);
  const fate = await chain.weights.fate(signed);
  if (fate.state !== "included") throw new Error(`it is ${fate.state}`);
  return { block: fate.block };
}

async function signedBy(signer: Signer, bad: typeof vector) {
  const unsigned = { netuid: 1, hotkey: signer.hotkey, vector: bad, versionKey: 0 };
  return { ...unsigned, signature: await signer.sign(weightsMessage(unsigned)) };
}

describe("the local chain", () => {
  test("refuses weights of a hotkey that is not registered", async () => {
    const { chain } = chainAt(100);
    const answer = await refusal(set(chain, { vector, signer: stranger }));
    expect(answer).toEqual({ code: "unauthorised", message: "HotKeyNotRegisteredInSubNet" });
  });

  test("refuses weights of a miner: no validator permit", async () => {
    const { chain } = chainAt(100);
    const answer = await refusal(set(chain, { vector, signer: bob }));
    expect(answer).toEqual({ code: "unauthorised", message: "NeuronNoValidatorPermit" });
  });

  test("refuses a second set within the rate limit, and says when to come back", async () => {
    const { chain, clock } = chainAt(100);
    await set(chain, { vector, signer: alice });
    await clock.run({ until: 103_000 });
    const failure = await set(chain, { vector, signer: alice }).catch((f: Failure) => f);
    expect(failure).toMatchObject({
      code: "refused",
      message: "SettingWeightsTooFast",
      retryable: true,
      retryAfterMs: 2_000,
    });
    await clock.run({ until: 105_000 });
    expect(await set(chain, { vector, signer: alice })).toMatchObject({
      block: 105,
    });
  });

  test("refuses an outdated version key, a forged signature, another subnet", async () => {
    const { chain } = chainAt(100, { versionKey: 7 });
    expect(await refusal(set(chain, { vector, versionKey: 6, signer: alice }))).toMatchObject({
      message: "IncorrectWeightVersionKey",
    });
    const forged: Signer = { hotkey: alice.hotkey, sign: (message) => bob.sign(message) };
    expect(await refusal(set(chain, { vector, versionKey: 7, signer: forged }))).toMatchObject({
      code: "unauthorised",
    });
    expect(await refusal(chain.metagraph(2))).toMatchObject({ code: "not-found" });
  });

  test.each([
    ["WeightVecNotEqualSize", { uids: [0, 1], values: [65_535] }],
    ["DuplicateUids", { uids: [1, 1], values: [65_535, 1] }],
    ["UidVecContainInvalidOne", { uids: [9], values: [65_535] }],
    ["MaxWeightNotUpscaled", { uids: [1], values: [400] }],
    ["WeightVecLengthIsLow", { uids: [], values: [] }],
  ])("refuses a vector with %s", async (message, bad) => {
    const { chain } = chainAt(100);
    expect(await refusal(chain.accept(await signedBy(alice, bad)))).toEqual({
      code: "malformed",
      message,
    });
  });

  test("block hashes follow the genesis seed; the future has none", async () => {
    const { chain } = chainAt(100);
    expect(await chain.blockHash(40)).toBe(await chainAt(60).chain.blockHash(40));
    expect(await refusal(chain.blockHash(101))).toMatchObject({ code: "not-found" });
  });

  test("remembers weights across a restart, so that the rate limit cannot be restarted away", async () => {
    const store = createMemoryStore();
    await set(chainAt(100, { store }).chain, { vector, signer: alice });
    const again = chainAt(102, { store }).chain;
    expect([...again.onChain()]).toEqual([[0, vector]]);
    expect((await again.metagraph(1)).neurons[0]).toMatchObject({ lastUpdate: 100, validatorPermit: true });
    expect(await refusal(set(again, { vector, signer: alice }))).toMatchObject({
      message: "SettingWeightsTooFast",
    });
  });
});
