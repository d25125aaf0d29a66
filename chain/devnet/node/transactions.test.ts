import { describe, expect, test } from "bun:test";
import { mortalEra } from "../../scale/era.ts";
import { decodeEvents } from "../../scale/events.ts";
import type { SubmittedStatus } from "./pool-status.ts";
import {
  alice,
  bob,
  outcomeAtHead,
  put,
  refusal,
  signed,
  startNode,
  storedIn,
} from "./small-node.fixture.ts";

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
