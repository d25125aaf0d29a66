/** The chain port against a devnet: what it reads, what it sends, and what every refusal becomes. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import type { SignedCall, WeightCall } from "../../protocol/weight-setting.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createDial } from "../../runtime/ports/web-socket.ts";
import { devnetRpc } from "../../test/support/devnet-rpc.ts";
import { type ManualClock, manualClock } from "../../test/support/manual-clock.ts";
import { keptLog, keptMetrics } from "../../test/support/quiet.ts";
import { rejection } from "../../test/support/rejection.ts";
import { until } from "../../test/support/until.ts";
import type { Chain, Signer } from "../chain.ts";
import { type Devnet, openDevnet } from "../devnet/devnet.ts";
import { signerFromUri } from "../keys/index.ts";
import { openChain } from "./open-chain.ts";
import type { Rpc } from "./rpc.ts";
import { createSubstrateChain } from "./substrate-chain.ts";

const NEURONS = ["//Validator//hot", "//Good", "//Better", "//Poor//hot"];

let clock: ManualClock;
let devnet: Devnet;
let snapshot: string;
let chain: Chain;
let asked: string[];
let validator: Signer;
let poor: Signer;
let stranger: Signer;

beforeAll(async () => {
  clock = manualClock();
  validator = await signerFromUri("//Validator//hot");
  poor = await signerFromUri("//Poor//hot");
  stranger = await signerFromUri("//Stranger");
  devnet = await openDevnet({
    ...{ clock, log: keptLog(), blockTimeMs: "manual", listen: { port: 0 } },
    genesis: {
      ...{ startAt: clock.now(), blockTimeMs: 12_000 },
      subnets: [
        {
          ...{ netuid: 1, owner: "//Owner", tempo: 10, weightsRateLimit: 5, commitReveal: false },
          hyperparameters: { max_validators: 1 },
          neurons: NEURONS.map((hotkey, uid) => ({
            hotkey,
            coldkey: "//Cold",
            stakeTao: uid === 0 ? 1_000 : 0,
          })),
        },
        { netuid: 2, owner: "//Owner", tempo: 10, commitReveal: true, neurons: [] },
      ],
    },
  });
  await devnet.node.advance(21);
  await clock.advance(200);
  snapshot = devnet.node.snapshot();
});
afterAll(() => devnet.close());

beforeEach(() => {
  devnet.node.restore(snapshot);
  asked = [];
  const rpc = devnetRpc(devnet.node);
  const counting: Rpc = {
    subscribe: rpc.subscribe,
    request: (method, params, options) => {
      asked.push(method);
      return rpc.request(method, params, options);
    },
  };
  chain = createSubstrateChain({ rpc: counting });
});

async function blocks(count: number): Promise<void> {
  await devnet.node.advance(count);
  await clock.advance(200);
}

const set = (uids: number[], values: number[], versionKey = "0"): WeightCall => ({
  kind: "set",
  row: { uids, values },
  versionKey,
});
const sign = (call: WeightCall, signer = validator, netuid = 1): Promise<SignedCall> =>
  chain.weights.sign({ netuid, call, signer });

describe("reads", () => {
  test("the metagraph as the chain has it, in one call a block however many ask", async () => {
    const graphs = await Promise.all([1, 2, 3].map(() => chain.metagraph(1)));
    expect(
      asked.filter((method) => method === "state_call" || method === "state_queryStorageAt"),
    ).toHaveLength(
      // The runtime's metadata, the metagraph, and validator trust, which no runtime API tells.
      3,
    );
    expect(graphs[0]).toEqual(graphs[2] ?? never());
    expect(
      graphs[0]?.neurons.map(({ uid, hotkey, validatorPermit }) => ({ uid, hotkey, validatorPermit })),
    ).toEqual(
      await Promise.all(
        NEURONS.map(async (uri, uid) => ({
          ...{ uid, hotkey: (await signerFromUri(uri)).hotkey, validatorPermit: uid === 0 },
        })),
      ),
    );
    asked.length = 0;
    await chain.metagraph(1);
    expect(asked).not.toContain("state_call");
    await blocks(1);
    expect((await chain.metagraph(1)).block).toBe((graphs[0]?.block ?? 0) + 1);
  });

  test("heads and hashes that will not be taken back", async () => {
    const head = await chain.head();
    expect(head.block).toBe(21);
    expect(await chain.blockHash(21)).toBe(head.hash);
    await devnet.node.advance(1);
    expect((await chain.head()).block).toBe(21);
    expect((await rejection(chain.blockHash(22))).code).toBe("not-found");
    await clock.advance(200);
    expect((await chain.head()).block).toBe(22);
  });

  test("parameters, and says which subnet there is not", async () => {
    expect(await chain.params(1)).toEqual({ tempo: 10, weightsRateLimit: 5, blockTimeMs: 12_000 });
    expect(await rejection(chain.metagraph(77))).toMatchObject({ code: "not-found", meta: { netuid: 77 } });
    expect(await chain.weights.rules({ netuid: 77, hotkey: validator.hotkey })).toMatchObject({
      exists: false,
    });
  });

  test("what the chain looks at before it takes weights", async () => {
    expect(await chain.weights.rules({ netuid: 1, hotkey: validator.hotkey })).toMatchObject({
      ...{ block: 21, exists: true, neurons: 4, uid: 0, permit: true, rateLimit: 5, commitReveal: null },
    });
    expect(await chain.weights.rules({ netuid: 1, hotkey: stranger.hotkey })).toMatchObject({
      ...{ uid: null, permit: false },
    });
    expect(await chain.weights.rules({ netuid: 2, hotkey: stranger.hotkey })).toMatchObject({
      commitReveal: { version: 4, revealPeriod: 1, open: 0, beacon: { periodMs: 3_000 } },
    });
  });

  test("who would gain in the next epoch", async () => {
    const signed = await sign(set([1, 2], [20_000, 65_535]));
    await chain.weights.send(signed);
    await blocks(1);
    const forecast = (await chain.forecast?.(1)) ?? [];
    const gets = (uid: number) =>
      forecast.find((each) => each.uid === uid && each.role === "miner")?.gets ?? 0;
    expect(gets(2)).toBeGreaterThan(gets(1));
    expect(gets(1)).toBeGreaterThan(0);
  });
});

describe("weights", () => {
  test("are sent, found in a finalized block, and read back", async () => {
    const signed = await sign(set([1, 2], [20_000, 65_535]));
    expect(await chain.weights.fate(signed)).toEqual({ state: "pending" });
    await chain.weights.send(signed);
    await devnet.node.advance(1);
    expect(await chain.weights.fate(signed)).toEqual({ state: "pending" });
    await clock.advance(200);
    expect(await chain.weights.fate(signed)).toMatchObject({ state: "included", block: 22, verdict: "ok" });
    expect(await chain.weights.row({ netuid: 1, uid: 0 })).toEqual({
      ...{ block: 22, row: { uids: [1, 2], values: [20_000, 65_535] }, lastUpdate: 22 },
    });
  });

  test("the same bytes sent twice are included once", async () => {
    const signed = await sign(set([1], [65_535]));
    await chain.weights.send(signed);
    await chain.weights.send(signed);
    await blocks(2);
    expect((await rejection(chain.weights.send(signed))).message).toBe("TemporarilyBanned");
    expect(devnet.node.nextNonce((await signerFromUri("//Validator//hot")).publicKey)).toBe(1);
  });

  test("that were never sent are gone once they can be included no more", async () => {
    const signed = await sign(set([1], [65_535]));
    await blocks(signed.dies - 22 - 1);
    expect(await chain.weights.fate(signed)).toEqual({ state: "pending" });
    await blocks(1);
    expect(await chain.weights.fate(signed)).toEqual({ state: "gone" });
    expect((await rejection(chain.weights.send(signed))).hint).toBeString();
  });

  test("whose nonce another call took are gone", async () => {
    const lost = await sign(set([1], [65_535]));
    const won = await createSubstrateChain({ rpc: devnetRpc(devnet.node) }).weights.sign({
      ...{ netuid: 1, call: set([2], [65_535]), signer: validator },
    });
    expect(won.nonce).toBe(lost.nonce);
    await chain.weights.send(won);
    await blocks(1);
    expect(await chain.weights.fate(lost)).toEqual({ state: "gone" });
  });

  test("too soon after the last are refused before they reach a block, with what to do", async () => {
    await chain.weights.send(await sign(set([1], [65_535])));
    await blocks(1);
    const failure = await rejection(chain.weights.send(await sign(set([2], [65_535]))));
    expect(failure).toMatchObject({ message: "RateLimitExceeded", retryable: true, meta: { custom: 6 } });
    expect(failure.hint).toContain("rate limit");
    await blocks(4);
    // Exactly the limit later the next block takes them.
    const rules = await chain.weights.rules({ netuid: 1, hotkey: validator.hotkey });
    expect(rules.block + 1 - rules.lastUpdate).toBe(5);
    const signed = await sign(set([2], [65_535]));
    await chain.weights.send(signed);
    await blocks(1);
    expect(await chain.weights.fate(signed)).toMatchObject({ verdict: "ok" });
  });

  test.each([
    ["NeuronNoValidatorPermit", () => sign(set([1], [65_535]), poor), "unauthorised"],
    ["DuplicateUids", () => sign(set([1, 1], [65_535, 1])), "malformed"],
    ["UidVecContainInvalidOne", () => sign(set([9], [65_535])), "malformed"],
    ["HotKeyNotRegisteredInSubNet", () => sign(set([1], [65_535]), stranger), "unauthorised"],
    ["CommitRevealDisabled", () => sign({ kind: "commit", hash: `0x${"11".repeat(32)}` }), "refused"],
  ] as const)("that the chain refuses in a block fail with its own name: %s", async (name, signed, code) => {
    const call = await signed();
    await chain.weights.send(call);
    await blocks(1);
    const fate = await chain.weights.fate(call);
    if (fate.state !== "included" || typeof fate.verdict !== "object")
      throw new Error("it should have failed");
    expect(fate.verdict.failure).toMatchObject({ message: name, code });
    expect(fate.verdict.failure.hint).toBeString();
  });
});

test.each([
  ["chain_getFinalizedHead", "hello"],
  ["chain_getHeader", { number: "many" }],
  ["state_getRuntimeVersion", {}],
  ["state_call", "0xzz"],
  ["state_call", "0x01"],
  ["state_queryStorageAt", [{ changes: "none" }]],
])(
  "a node that answers %s with nonsense is the node's fault, and is asked again",
  async (method, nonsense) => {
    const rpc = devnetRpc(devnet.node);
    const liar = createSubstrateChain({
      rpc: {
        subscribe: rpc.subscribe,
        request: (asked, params) =>
          asked === method ? Promise.resolve(nonsense) : rpc.request(asked, params),
      },
    });
    for (const ask of [
      () => liar.metagraph(1),
      () => liar.weights.rules({ netuid: 1, hotkey: validator.hotkey }),
    ]) {
      const failure = await ask().then(
        () => undefined,
        (thrown: unknown) => Failure.from(thrown),
      );
      if (failure !== undefined) expect([failure.code, failure.retryable]).toEqual(["provider", true]);
    }
  },
);

test("over a socket heads are told instead of asked for, so that a block costs few questions", async () => {
  const { url } = devnet;
  if (url === undefined) throw new Error("it listens");
  const questions: string[] = [];
  const dial = createDial();
  const { chain: far, connection } = openChain({
    ...{ network: url, clock: createSystemClock(), rng: createSystemRng() },
    ...{ log: keptLog(), metrics: keptMetrics() },
    dial(to, events) {
      const socket = dial(to, events);
      const send = (frame: string) => {
        questions.push((JSON.parse(frame) as { method: string }).method);
        socket.send(frame);
      };
      return { send, terminate: () => socket.terminate() };
    },
  });
  const heads: number[] = [];
  connection.onHead(({ number }) => void heads.push(number));
  await far.metagraph(1);
  await until(() => questions.includes("chain_subscribeFinalizedHeads"), "finality is followed");
  await blocks(2);
  await until(() => heads.at(-1) === 23, "heads come");
  while ((await far.head()).block < 23) await Bun.sleep(2);
  questions.length = 0;
  // What a setter, a validator and a dashboard ask in one block.
  for (let each = 0; each < 3; each++) {
    await far.head();
    await far.params(1);
    await far.metagraph(1);
  }
  expect((await far.weights.rules({ netuid: 1, hotkey: validator.hotkey })).block).toBe(23);
  expect((await far.head()).hash).toBe(await far.blockHash(23));
  expect(questions.length).toBeLessThanOrEqual(6);
  await far.close();
  expect((await rejection(far.head())).code).toBe("cancelled");
});

const never = (): never => {
  throw new Error("never");
};
