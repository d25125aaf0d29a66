import { describe, expect, test } from "bun:test";
import { hashHeader } from "../../scale/header.ts";
import { decode } from "../declare/index.ts";
import { Now } from "../pallets/timestamp/pallet.ts";
import type { DevnetNode } from "./node.ts";
import { put, START, signed, startNode } from "./small-node.fixture.ts";
import { Level, Stored, smallRuntime } from "./small-runtime.fixture.ts";

const timeOf = (node: DevnetNode): number => Number(decode(Now.value, node.storage(Now.key())!));

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

  test("have the clock's time, or that of a start of their own, and it only ever rises", async () => {
    const { node, later } = await startNode({ manual: false });
    node.start();
    await later(500);
    expect(timeOf(node)).toBe(START + 500);
    const elsewhere = await startNode({ manual: false, startMs: 1_000_000 });
    elsewhere.node.start();
    await elsewhere.later(500);
    expect(timeOf(elsewhere.node)).toBe(1_000_500);
    const byHand = await startNode({ startMs: 1_000_000 });
    await byHand.node.advance(3);
    expect(timeOf(byHand.node)).toBe(1_000_750);
  });

  test("made by hand take a slot of time each, and those of the clock go on from there", async () => {
    const { node, later } = await startNode({ manual: false });
    node.start();
    await later(250);
    await node.advance(4);
    expect(timeOf(node)).toBe(START + 1_250);
    await later(250);
    expect(timeOf(node)).toBe(START + 1_500);
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
