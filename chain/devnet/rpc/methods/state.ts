/** `state_*`: storage, runtime calls, metadata, versions. */
import { blake2AsHex } from "@polkadot/util-crypto";
import { z } from "zod";
import { Failure } from "../../../../protocol/failure.ts";
import { type Hex, toHex } from "../../../scale/hex.ts";
import type { BlockNews, DevnetNode } from "../../node/node.ts";
import { type MethodContext, type Methods, method, subscription } from "../method.ts";
import { at, blockNumber, bytes, hash, hexOrNull, key, subscriptionId } from "../params.ts";
import { RPC, RpcError } from "../rpc-error.ts";
import type { Subscription } from "../subscriptions.ts";

const MAX_KEYS = 10_000;
/** Keys of one unpaged answer; pages of the paged form are at most 1,000, as Substrate has it. */
const MAX_UNPAGED = 100_000;
const MAX_PAGE = 1_000;
const MAX_RANGE = 1_000;
/** A node tells of at most this many changed keys of a block; above it all that are watched are read again. */
const MAX_CHANGES_TOLD = 100_000;

const keys = z.array(key).max(MAX_KEYS);

const value = ({ key: one, hash: block }: { key: Hex; hash?: Hex | undefined }, { node }: MethodContext) =>
  node.storage(one, block);
const getStorage = method({ key, hash: at }, (params, context) => hexOrNull(value(params, context)));

const changesAt = (node: DevnetNode, asked: readonly Hex[], block: Hex) => ({
  block,
  changes: asked.map((one) => [one, hexOrNull(node.storage(one, block))] as const),
});

function allKeys(node: DevnetNode, prefix: Hex, block: Hex | undefined): Hex[] {
  const found = node.keys(prefix, { count: MAX_UNPAGED, at: block });
  if (found.length < MAX_UNPAGED) return found;
  throw new RpcError(RPC.tooLargeAnswer, "Response is too big", { hint: "Use state_getKeysPaged." });
}

export const stateMethods: Methods = {
  state_getRuntimeVersion: method({ hash: at }, (_, { node }) => node.runtimeVersion()),
  state_getMetadata: method({ hash: at }, (_, { node }) => hexOrNull(node.metadata(14))),
  state_call: method({ name: z.string().max(256), bytes, hash: at }, (params, { node }) => {
    try {
      return toHex(node.call(params.name, params.bytes, params.hash));
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (failure.code !== "unknown-method") throw thrown;
      // The words by which clients find out what a node can do.
      throw new RpcError(
        RPC.client,
        `Client error: Execution failed: Exported method ${params.name} is not found`,
      );
    }
  }),
  state_getStorage: getStorage,
  state_getStorageAt: getStorage,
  state_getStorageHash: method({ key, hash: at }, (params, context) => {
    const found = value(params, context);
    return found === undefined ? null : blake2AsHex(found, 256);
  }),
  state_getStorageSize: method(
    { key, hash: at },
    (params, context) => value(params, context)?.byteLength ?? null,
  ),
  state_queryStorageAt: method({ keys, hash: at }, (params, { node }) => [
    changesAt(node, params.keys, params.hash ?? node.head().hash),
  ]),
  state_queryStorage: method({ keys, fromBlock: hash, toBlock: at }, (params, { node }) =>
    changesBetween(node, params.keys, params.fromBlock, params.toBlock ?? node.head().hash),
  ),
  state_getKeys: method({ prefix: key, hash: at }, (params, { node }) =>
    allKeys(node, params.prefix, params.hash),
  ),
  state_getPairs: method({ prefix: key, hash: at }, (params, { node }) => {
    const block = params.hash ?? node.head().hash;
    return allKeys(node, params.prefix, block).map((one) => [one, hexOrNull(node.storage(one, block))]);
  }),
  state_getKeysPaged: method(
    {
      prefix: key.optional(),
      count: blockNumber.refine((count) => count <= MAX_PAGE, `count exceeds maximum value of ${MAX_PAGE}`),
      startKey: key.optional(),
      hash: at,
    },
    ({ prefix = "0x", count, startKey, hash: block }, { node }) =>
      node.keys(prefix, { count, startKey, at: block }),
  ),
  state_subscribeStorage: subscription({ keys: keys.min(1) }, (params, { node }) =>
    storageChanges(node, params.keys),
  ),
  state_unsubscribeStorage: method({ subscription: subscriptionId }, (params, context) =>
    context.unsubscribe(params.subscription),
  ),
  state_subscribeRuntimeVersion: subscription({}, (_, { node }) => runtimeVersions(node)),
  state_unsubscribeRuntimeVersion: method({ subscription: subscriptionId }, (params, context) =>
    context.unsubscribe(params.subscription),
  ),
};

/** The first block in full, then what changed in each. */
function changesBetween(node: DevnetNode, asked: readonly Hex[], from: Hex, to: Hex) {
  const first = node.header(from)?.number;
  const last = node.header(to)?.number;
  if (first === undefined || last === undefined) {
    throw new RpcError(
      RPC.client,
      "Client error: UnknownBlock: the range begins or ends at no block of this chain",
    );
  }
  if (last < first || last - first >= MAX_RANGE) {
    throw new RpcError(RPC.invalidParams, `Invalid params: a range has 1 to ${MAX_RANGE} blocks`);
  }
  let known = changesAt(node, asked, from);
  const sets = [known];
  for (let number = first + 1; number <= last; number++) {
    const block = node.hashOf(number);
    if (block === undefined) break;
    const now = changesAt(node, asked, block);
    const changes = now.changes.filter(([, text], index) => text !== known.changes[index]?.[1]);
    if (changes.length > 0) sets.push({ block, changes });
    known = now;
  }
  return sets;
}

/** The values as they are, then at each block those that it changed. */
function storageChanges(node: DevnetNode, asked: readonly Hex[]): Subscription {
  return {
    notification: "state_storage",
    start(emit) {
      emit(changesAt(node, asked, node.head().hash));
      return node.onHead((news) => {
        const changed = asked.filter((one) => mayHaveChanged(news, one));
        if (changed.length > 0) emit(changesAt(node, changed, news.hash));
      });
    },
  };
}

/** One set a block, however many subscribe. */
const changedKeys = new WeakMap<BlockNews, ReadonlySet<Hex>>();

function mayHaveChanged(news: BlockNews, one: Hex): boolean {
  if (news.changed.length >= MAX_CHANGES_TOLD) return true;
  let known = changedKeys.get(news);
  if (known === undefined) changedKeys.set(news, (known = new Set(news.changed)));
  return known.has(one);
}

/** The version as it is: a devnet has no runtime upgrades. */
const runtimeVersions = (node: DevnetNode): Subscription => ({
  notification: "state_runtimeVersion",
  start(emit) {
    emit(node.runtimeVersion());
    return () => {};
  },
});
