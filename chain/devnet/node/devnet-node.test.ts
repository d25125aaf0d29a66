import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../../../runtime/simulation/virtual-clock.ts";
import { decode } from "../declare/index.ts";
import { alice, put, START, signed, startNode, storedIn } from "./small-node.fixture.ts";
import { Level, Stored, smallRuntime } from "./small-runtime.fixture.ts";

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

  test("of more blocks than are kept still knows genesis and the last of them, and nothing in between", async () => {
    const { node } = await startNode();
    await node.advance(2_500);
    const { node: again } = await startNode({ saved: node.save() });
    expect(again.hashOf(0)).toBe(node.genesisHash);
    expect(again.hashOf(50)).toBeUndefined();
    expect(again.hashOf(101)).toBe(node.hashOf(101)!);
    expect(again.hashOf(2_500)).toBe(node.head().hash);
    expect(again.block(again.hashOf(2_500)!)?.extrinsics).toEqual(node.block(node.head().hash)!.extrinsics);
    await node.advance(1);
    await again.advance(1);
    expect(again.head().hash).toBe(node.head().hash);
    // Of a block whose extrinsics are gone there is the header; it must not look empty.
    expect(node.header(node.hashOf(50)!)?.number).toBe(50);
    expect(node.block(node.hashOf(50)!)).toBeUndefined();
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
