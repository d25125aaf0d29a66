import { describe, expect, test } from "bun:test";
import { decAnyMetadata, metadata } from "@polkadot-api/substrate-bindings";
import type { Failure } from "../../../protocol/failure.ts";
import { VirtualClock } from "../../../runtime/simulation/virtual-clock.ts";
import { keyFromUri } from "../../keys/index.ts";
import type { Keypair } from "../../keys/keypair.ts";
import { ChainTypes } from "../../scale/chain-types.ts";
import { type Era, mortalEra } from "../../scale/era.ts";
import { decodeEvents, outcomeOf } from "../../scale/events.ts";
import { encodeSigned, signedPayload } from "../../scale/extrinsic.ts";
import { hashHeader } from "../../scale/header.ts";
import { fromHex } from "../../scale/hex.ts";
import { decode } from "../declare/index.ts";
import { createDevnetNode, type DevnetNodeOptions } from "./devnet-node.ts";
import type { DevnetNode } from "./node.ts";
import type { SubmittedStatus } from "./pool-status.ts";
import { Level, REFUSED, Stored, smallRuntime } from "./small-runtime.fixture.ts";

const START = Date.UTC(2026, 0, 1);
const alice = (await keyFromUri("//Alice")).keypair;
const bob = (await keyFromUri("//Bob")).keypair;

async function startNode(options: Partial<DevnetNodeOptions> = {}) {
  const clock = new VirtualClock(START);
  const defects: Failure[] = [];
  const node = await createDevnetNode({
    ...{ runtime: smallRuntime(), clock, slotMs: 250, manual: true },
    onDefect: (failure) => defects.push(failure),
    ...options,
  });
  const types = ChainTypes.read(node.metadata(15)!);
  return { node, clock, defects, types, later: (ms: number) => clock.run({ until: clock.now() + ms }) };
}

interface Signing {
  by?: Keypair;
  nonce?: number;
  era?: Era;
  tip?: bigint;
  genesisHash?: `0x${string}`;
}

async function signed(
  node: DevnetNode,
  call: Uint8Array,
  { by = alice, nonce, era, tip = 0n, ...other }: Signing = {},
) {
  const extra = { era, nonce: nonce ?? node.nextNonce(by.publicKey), tip };
  const { specVersion, transactionVersion } = node.runtimeVersion();
  const genesisHash = other.genesisHash ?? node.genesisHash;
  const birthHash = era === undefined ? genesisHash : node.head().hash;
  const payload = signedPayload(call, extra, { specVersion, transactionVersion, genesisHash, birthHash });
  const signature = fromHex(await by.sign(payload));
  return encodeSigned(call, { account: by.publicKey, signature, extra });
}

const put = (types: ChainTypes, value: bigint): Uint8Array => types.call("Numbers", "put", { value });

const storedIn = (node: DevnetNode, at?: `0x${string}`): bigint => {
  const bytes = node.storage(Stored.key(), at);
  return bytes === undefined ? 0n : decode(Stored.value, bytes);
};

const outcomeAtHead = (node: DevnetNode, types: ChainTypes, extrinsic: number) =>
  outcomeOf(types, decodeEvents(types, node.storage(types.storage("System", "Events").key())), extrinsic);

const refusal = (work: () => unknown): { rpcCode: number; data: string | undefined; message: string } => {
  try {
    work();
  } catch (error) {
    const { rpcCode, data, message } = error as {
      rpcCode: number;
      data: string | undefined;
      message: string;
    };
    return { rpcCode, data, message };
  }
  throw new Error("was not refused");
};

describe("blocks", () => {
  test("are named by the hash of their header and by their parent's", async () => {
    const { node } = await startNode();
    await node.advance(3);
    const head = node.head();
    const header = node.header(head.hash)!;
    expect(hashHeader(header)).toBe(head.hash);
    expect(header.number).toBe(3);
    expect(header.parentHash).toBe(node.hashOf(2)!);
    expect(node.header(node.hashOf(1)!)!.parentHash).toBe(node.genesisHash);
    expect(node.header(node.genesisHash)!.parentHash).toBe(`0x${"00".repeat(32)}`);
  });

  test("are the same for the same start and the same calls, and others for another call", async () => {
    const { node: first, types } = await startNode();
    const hashAfter = async (extrinsic: Uint8Array): Promise<string> => {
      const { node } = await startNode();
      expect(node.genesisHash).toBe(first.genesisHash);
      node.submit(extrinsic);
      return (await node.advance(2)).hash;
    };
    // Signatures of sr25519 are never the same twice, so that the bytes are made once.
    const [two, four] = [await signed(first, put(types, 2n)), await signed(first, put(types, 4n))];
    expect(await hashAfter(two)).toBe(await hashAfter(two));
    expect(await hashAfter(two)).not.toBe(await hashAfter(four));
  });

  test("come by the clock, at their time, until it is stopped", async () => {
    const { node, later } = await startNode({ manual: false });
    await later(1_000);
    expect(node.head().number).toBe(0);
    node.start();
    await later(1_000);
    expect(node.head().number).toBe(4);
    node.stop();
    await later(1_000);
    expect(node.head().number).toBe(4);
  });

  test("are final a while after they were announced, never at once, in order and without gaps", async () => {
    const { node, later } = await startNode();
    const told: string[] = [];
    node.onHead(({ number }) => told.push(`head ${number}`));
    node.onFinalized(({ number }) => told.push(`final ${number}`));
    await node.advance(3);
    expect(told).toEqual(["head 1", "head 2", "head 3"]);
    expect(node.finalized().number).toBe(0);
    await later(1_000);
    expect(told.slice(3)).toEqual(["final 1", "final 2", "final 3"]);
    expect(node.finalized()).toMatchObject({ number: 3, hash: node.head().hash });
  });

  test("tell which keys they changed", async () => {
    const { node, types } = await startNode();
    const changed: (readonly string[])[] = [];
    node.onHead((news) => changed.push(news.changed));
    node.submit(await signed(node, put(types, 2n)));
    await node.advance(2);
    expect(changed[0]).toContain(Stored.key());
    expect(changed[1]).not.toContain(Stored.key());
  });

  test("that a hook fails in are not made, leave no trace, and are tried again", async () => {
    const runtime = smallRuntime();
    let isBroken = true;
    const broken = {
      ...runtime,
      initialize: (...[context, parent]: Parameters<typeof runtime.initialize>) => {
        runtime.initialize(context, parent);
        context.state.put(Level, 99);
        if (isBroken) throw new Error("a hook failed");
      },
    };
    const { node, defects, later } = await startNode({ runtime: broken, manual: false });
    node.start();
    await later(500);
    expect(node.head().number).toBe(0);
    expect(decode(Level.value, node.storage(Level.key())!)).toBe(2);
    expect(defects.map(({ message }) => message)).toEqual(["a hook failed", "a hook failed"]);
    isBroken = false;
    await later(250);
    expect(node.head().number).toBe(1);
    expect(decode(Level.value, node.storage(Level.key())!)).toBe(99);
  });

  test("a listener that throws hurts neither the block nor the other listeners", async () => {
    const { node, defects } = await startNode();
    const heads: number[] = [];
    node.onHead(() => {
      throw new Error("mine");
    });
    node.onHead(({ number }) => heads.push(number));
    await node.advance(2);
    expect(heads).toEqual([1, 2]);
    expect(defects.map(({ message }) => message)).toEqual(["mine", "mine"]);
  });
});

describe("a transaction", () => {
  test("is ready, in a block, then final, with a turn of the clock in between", async () => {
    const { node, types, later } = await startNode();
    const { statuses } = node.watch(await signed(node, put(types, 42n)), new AbortController().signal);
    const got: SubmittedStatus[] = [];
    const done = (async () => {
      for await (const status of statuses) got.push(status);
    })();
    await node.advance(1);
    await later(0);
    const inBlock = node.head().hash;
    expect(got).toEqual(["ready", { inBlock }]);
    await later(1_000);
    await done;
    expect(got).toEqual(["ready", { inBlock }, { finalized: inBlock }]);
    expect(storedIn(node)).toBe(42n);
    expect(node.block(inBlock)!.extrinsics.length).toBe(2);
    expect(outcomeAtHead(node, types, 1)).toEqual({ ok: true });
  });

  test("that fails in dispatch is in the block, has used its nonce, and changed nothing else", async () => {
    const { node, types } = await startNode();
    node.submit(await signed(node, put(types, 7n)));
    await node.advance(1);
    expect(outcomeAtHead(node, types, 1)).toEqual({ ok: false, error: { pallet: "Numbers", name: "Odd" } });
    const events = decodeEvents(types, node.storage(types.storage("System", "Events").key()));
    expect(events.filter(({ pallet }) => pallet === "Numbers")).toEqual([]);
    expect(storedIn(node)).toBe(0n);
    expect(node.nextNonce(alice.publicKey)).toBe(1);
  });

  test("that runs into a bug of ours fails, is told as a defect, and the chain goes on", async () => {
    const { node, types, defects } = await startNode();
    node.submit(await signed(node, types.call("Numbers", "crash", undefined)));
    await node.advance(2);
    expect(node.head().number).toBe(2);
    expect(storedIn(node)).toBe(0n);
    expect(node.nextNonce(alice.publicKey)).toBe(1);
    expect(defects[0]).toMatchObject({ code: "defect", meta: { call: "Numbers.crash", block: 1 } });
    expect(node.info().defects).toBe(1);
  });

  test("goes before those of lower priority, and an account's own go by nonce", async () => {
    const { node, types } = await startNode();
    const second = await signed(node, put(types, 4n), { nonce: 1 });
    const first = await signed(node, put(types, 2n), { nonce: 0 });
    const urgent = await signed(node, types.call("Numbers", "crash", undefined), { by: bob });
    for (const extrinsic of [second, first, urgent]) node.submit(extrinsic);
    expect(node.pending()).toEqual([urgent, first, second]);
    await node.advance(1);
    expect(node.block(node.head().hash)!.extrinsics.slice(1)).toEqual([urgent, first, second]);
    expect(storedIn(node)).toBe(4n);
  });

  test("with a nonce ahead waits as future and becomes ready when the gap closes", async () => {
    const { node, types, later } = await startNode();
    const { statuses } = node.watch(
      await signed(node, put(types, 4n), { nonce: 1 }),
      new AbortController().signal,
    );
    const got: SubmittedStatus[] = [];
    void (async () => {
      for await (const status of statuses) got.push(status);
    })();
    await node.advance(1);
    await later(0);
    expect(got).toEqual(["future"]);
    expect(node.nextNonce(alice.publicKey)).toBe(0);
    node.submit(await signed(node, put(types, 2n), { nonce: 0 }));
    expect(node.nextNonce(alice.publicKey)).toBe(2);
    await later(0);
    expect(got).toEqual(["future", "ready"]);
  });

  test("is usurped by one of higher priority with the same nonce", async () => {
    const { node, types, later } = await startNode();
    const { statuses } = node.watch(await signed(node, put(types, 2n)), new AbortController().signal);
    const got: SubmittedStatus[] = [];
    const done = (async () => {
      for await (const status of statuses) got.push(status);
    })();
    const { hash } = node.submit(await signed(node, types.call("Numbers", "crash", undefined), { nonce: 0 }));
    await later(0);
    await done;
    expect(got).toEqual(["ready", { usurped: hash }]);
    expect(node.pending().length).toBe(1);
  });

  test("that is no longer watched stays in the pool", async () => {
    const { node, types } = await startNode();
    const abort = new AbortController();
    const { statuses } = node.watch(await signed(node, put(types, 2n)), abort.signal);
    abort.abort();
    for await (const status of statuses) expect(status).toBe("ready");
    await node.advance(1);
    expect(storedIn(node)).toBe(2n);
  });

  test("lives as long as its era, and not a block longer", async () => {
    const { node, types } = await startNode();
    await node.advance(10);
    const era = mortalEra(10, 4);
    const inTime = await signed(node, put(types, 2n), { era, nonce: 0 });
    const tooLate = await signed(node, put(types, 4n), { era, nonce: 1 });
    node.submit(inTime);
    await node.advance(4);
    expect(storedIn(node)).toBe(2n);
    expect(refusal(() => node.submit(tooLate))).toMatchObject({
      rpcCode: 1010,
      data: "Transaction has a bad signature",
    });
  });

  test("whose era ends in the pool is told so", async () => {
    const { node, types, later } = await startNode();
    await node.advance(8);
    const era = mortalEra(8, 4);
    const { statuses } = node.watch(
      await signed(node, put(types, 4n), { era, nonce: 1 }),
      new AbortController().signal,
    );
    const got: SubmittedStatus[] = [];
    const done = (async () => {
      for await (const status of statuses) got.push(status);
    })();
    await node.advance(6);
    node.submit(await signed(node, put(types, 2n), { nonce: 0 }));
    await node.advance(1);
    await later(0);
    await done;
    expect(got).toEqual(["future", "ready", "invalid"]);
    expect(storedIn(node)).toBe(2n);
  });
});

describe("the pool refuses, in Substrate's words,", () => {
  test("a nonce that is used up", async () => {
    const { node, types } = await startNode();
    node.submit(await signed(node, put(types, 2n)));
    await node.advance(1);
    const stale = await signed(node, put(types, 4n), { nonce: 0 });
    expect(refusal(() => node.submit(stale))).toEqual({
      rpcCode: 1010,
      message: "Invalid Transaction",
      data: "Transaction is outdated",
    });
  });

  test("a signature over another chain, another call, or by another key", async () => {
    const { node, types } = await startNode();
    const otherChain = await signed(node, put(types, 2n), { genesisHash: `0x${"11".repeat(32)}` });
    const otherCall = await signed(node, put(types, 2n));
    otherCall[otherCall.length - 8] = 9;
    const otherKey = (await signed(node, put(types, 2n))).slice();
    otherKey.set(bob.publicKey, 4);
    for (const extrinsic of [otherChain, otherCall, otherKey]) {
      expect(refusal(() => node.submit(extrinsic))).toMatchObject({
        rpcCode: 1010,
        data: "Transaction has a bad signature",
      });
    }
  });

  test("what the chain's own checks refuse, by its number, and the same bytes for a while after", async () => {
    const { node, types, later } = await startNode();
    const refused = await signed(node, put(types, REFUSED));
    expect(refusal(() => node.submit(refused))).toMatchObject({ rpcCode: 1010, data: "Custom error: 6" });
    expect(refusal(() => node.submit(refused))).toMatchObject({
      rpcCode: 1012,
      message: "Transaction is temporarily banned",
    });
    await later(31 * 60_000);
    expect(refusal(() => node.submit(refused)).rpcCode).toBe(1010);
  });

  test("what waits already, and what was just included", async () => {
    const { node, types } = await startNode();
    const once = await signed(node, put(types, 2n));
    node.submit(once);
    expect(refusal(() => node.submit(once))).toMatchObject({
      rpcCode: 1013,
      message: "Transaction Already Imported",
    });
    await node.advance(1);
    expect(refusal(() => node.submit(once)).rpcCode).toBe(1012);
  });

  test("a second transaction with the same nonce and no higher priority", async () => {
    const { node, types } = await startNode();
    node.submit(await signed(node, put(types, 2n), { nonce: 0 }));
    const rival = await signed(node, put(types, 4n), { nonce: 0 });
    expect(refusal(() => node.submit(rival))).toMatchObject({
      rpcCode: 1014,
      message: "Priority is too low: (1 vs 1)",
    });
  });

  test("a call that is declared and not simulated, by its name, also inside another", async () => {
    const { node, types } = await startNode();
    const inner = { type: "Numbers", value: { type: "elsewhere", value: { value: 1n } } };
    for (const call of [
      types.call("Numbers", "elsewhere", { value: 1n }),
      types.call("Numbers", "twice", { call: inner }),
    ]) {
      const extrinsic = await signed(node, call);
      expect(refusal(() => node.submit(extrinsic))).toMatchObject({
        rpcCode: 1010,
        data: "The devnet does not simulate Numbers.elsewhere: see devnet_info",
      });
    }
  });

  test("a call that only the served metadata knows, by the name it has there", async () => {
    const { node: plain } = await startNode();
    const { magicNumber, metadata: read } = decAnyMetadata(plain.metadata(15)!);
    if (read.tag !== "v15") throw new Error("not V15");
    const numbers = read.value.pallets.find(({ name }) => name === "Numbers")!;
    read.value.pallets.push({ ...numbers, name: "Others", index: 201, storage: undefined });
    const { node } = await startNode({ metadataFile: metadata.enc({ magicNumber, metadata: read }) });
    const types = ChainTypes.read(node.metadata(15)!);
    const extrinsic = await signed(node, types.call("Others", "put", { value: 2n }));
    expect(refusal(() => node.submit(extrinsic)).data).toBe(
      "The devnet does not simulate Others.put: see devnet_info",
    );
  });

  test("bytes that are no extrinsic, a call that does not decode, and inherents of others", async () => {
    const { node, types } = await startNode();
    const leftOver = await signed(node, Uint8Array.of(...put(types, 2n), 0));
    const unknown = await signed(node, Uint8Array.of(250, 0));
    for (const extrinsic of [new Uint8Array(), fromHex("0x00"), leftOver, unknown]) {
      expect(refusal(() => node.submit(extrinsic)).rpcCode).toBe(1001);
    }
    const inherent = types.call("Timestamp", "set", { now: 5n });
    expect(
      refusal(() => node.submit(Uint8Array.of((inherent.length + 1) << 2, 4, ...inherent))),
    ).toMatchObject({
      rpcCode: 1010,
      data: "Transaction call is not expected",
    });
  });
});

describe("state", () => {
  test("can be read at the blocks before, and says so where it is discarded", async () => {
    const { node, types } = await startNode();
    node.submit(await signed(node, put(types, 2n)));
    await node.advance(1);
    const first = node.head().hash;
    node.submit(await signed(node, put(types, 4n)));
    await node.advance(1);
    expect(storedIn(node, first)).toBe(2n);
    expect(storedIn(node, node.genesisHash)).toBe(0n);
    expect(storedIn(node)).toBe(4n);
    await node.advance(2_400);
    expect(() => node.storage(Stored.key(), first)).toThrow(`State already discarded for ${first}`);
    const unknown = `0x${"ab".repeat(32)}` as const;
    expect(() => node.storage(Stored.key(), unknown)).toThrow(`State already discarded for ${unknown}`);
  });

  test("goes back to a snapshot, with the blocks, the time and the pool of then", async () => {
    const { node, types } = await startNode();
    node.submit(await signed(node, put(types, 2n)));
    const [first] = [await node.advance(1)];
    const id = node.snapshot();
    const extrinsic = await signed(node, put(types, 4n));
    node.submit(extrinsic);
    await node.advance(5);
    const [sixth] = [node.head()];
    const changed: string[] = [];
    node.onHead((news) => changed.push(...news.changed));
    expect(node.restore(id)).toMatchObject(first);
    expect(changed).toContain(Stored.key());
    expect(storedIn(node)).toBe(2n);
    expect(node.hashOf(2)).toBeUndefined();
    expect(node.nextNonce(alice.publicKey)).toBe(1);
    // The same again gives the same chain: nothing of the first time is left.
    node.submit(extrinsic);
    await node.advance(5);
    expect(node.head().hash).toBe(sixth.hash);
    expect(node.restore(id).number).toBe(1);
    expect(() => node.restore("nowhere")).toThrow("no such snapshot");
  });

  test("is changed by devnet_set in the next block, and a name that is none is refused at once", async () => {
    const { node } = await startNode();
    const level = () => decode(Level.value, node.storage(Level.key())!);
    node.set({ name: "level", value: 9 });
    expect(level()).toBe(2);
    await node.advance(1);
    expect(level()).toBe(9);
    expect(() => node.set({ name: "nothing", value: 1 })).toThrow("no hyperparameter nothing");
    await node.advance(1);
    expect(level()).toBe(9);
  });
});

describe("a saved chain", () => {
  test("is known again whenever it is loaded: genesis does not depend on the time", async () => {
    const { node } = await startNode();
    await node.advance(1);
    const { node: later } = await startNode({
      clock: new VirtualClock(START + 86_400_000),
      saved: node.save(),
    });
    expect(later.genesisHash).toBe(node.genesisHash);
    expect(later.head()).toMatchObject({ number: 1, hash: node.head().hash });
  });

  test("goes on where it was: head, state, nonces, and the same block next", async () => {
    const { node, types } = await startNode();
    node.submit(await signed(node, put(types, 2n)));
    await node.advance(5);
    const { node: again } = await startNode({ saved: node.save() });
    expect(again.head()).toMatchObject({ number: 5, hash: node.head().hash });
    expect(again.hashOf(3)).toBe(node.hashOf(3)!);
    expect(storedIn(again)).toBe(2n);
    expect(again.nextNonce(alice.publicKey)).toBe(1);
    await node.advance(3);
    await again.advance(3);
    expect(again.head().hash).toBe(node.head().hash);
    expect(() => again.storage(Stored.key(), again.hashOf(3))).toThrow("State already discarded");
  });

  test("of another genesis is refused with what to do, and so is one that is damaged", async () => {
    const { node } = await startNode();
    const saved = node.save();
    const other = { ...smallRuntime(), genesis: () => {} };
    const failure = await startNode({ runtime: other, saved }).catch((error) => error);
    expect(failure).toMatchObject({ code: "config", message: "the state file belongs to another chain" });
    expect(failure.hint).toContain("remove the file");
    for (const damaged of [
      saved.slice(0, -9),
      new Uint8Array(),
      Bun.gzipSync(Buffer.from('{"version":1}')),
    ]) {
      const refused = await startNode({ saved: damaged }).catch((error) => error);
      expect(refused.code).toBe("corrupt");
    }
  });
});

describe("a runtime call", () => {
  test("answers about version, metadata, nonce and fee", async () => {
    const { node, types } = await startNode();
    const ask = (api: string, method: string, ...args: unknown[]) => {
      const codec = types.api(api, method);
      return codec.decode(node.call(`${api}_${method}`, codec.encode(...args)));
    };
    expect(ask("Core", "version")).toMatchObject({ spec_name: "node-subtensor", spec_version: 424 });
    expect(ask("Metadata", "metadata_versions")).toEqual([14, 15, 16]);
    expect(ask("Metadata", "metadata_at_version", 15)).toEqual(node.metadata(15)!);
    expect(ask("Metadata", "metadata_at_version", 13)).toBeUndefined();
    node.submit(await signed(node, put(types, 2n)));
    await node.advance(1);
    expect(ask("AccountNonceApi", "account_nonce", alice.hotkey)).toBe(1);
    const extrinsic = await signed(node, put(types, 2n), { tip: 5n });
    expect(node.paymentInfo(extrinsic)).toMatchObject({ partialFee: 1_000n, class: "normal" });
    const asked = Uint8Array.of(...extrinsic, 100, 0, 0, 0);
    const decoded = types
      .api("TransactionPaymentApi", "query_fee_details")
      .decode(node.call("TransactionPaymentApi_query_fee_details", asked));
    expect(decoded).toEqual({
      inclusion_fee: { base_fee: 0n, len_fee: 100n, adjusted_weight_fee: 900n },
      tip: 0n,
    });
  });

  test("that does not exist is refused in the words that clients look for", async () => {
    const { node } = await startNode();
    expect(() => node.call("Nothing_at_all", new Uint8Array())).toThrow(
      "Exported method Nothing_at_all is not found",
    );
    expect(() => node.call("AccountNonceApi_account_nonce", new Uint8Array(3))).toThrow();
  });
});
