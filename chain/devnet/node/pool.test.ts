import { describe, expect, test } from "bun:test";
import { decAnyMetadata, metadata } from "@polkadot-api/substrate-bindings";
import { ChainTypes } from "../../scale/chain-types.ts";
import { fromHex } from "../../scale/hex.ts";
import { bob, put, refusal, signed, startNode } from "./small-node.fixture.ts";
import { REFUSED } from "./small-runtime.fixture.ts";

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
