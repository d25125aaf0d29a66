/** `chain_*`: blocks, their headers, and subscriptions to new ones. */
import { z } from "zod";
import type { Header } from "../../../scale/header.ts";
import type { Hex } from "../../../scale/hex.ts";
import { toHex } from "../../../scale/hex.ts";
import type { DevnetNode } from "../../node/node.ts";
import { type Methods, method, subscription } from "../method.ts";
import { at, blockNumber, subscriptionId } from "../params.ts";
import { RPC, RpcError } from "../rpc-error.ts";
import type { Subscription } from "../subscriptions.ts";

const MAX_NUMBERS = 1_000;

export const shownHeader = (header: Header) => ({ ...header, number: `0x${header.number.toString(16)}` });

const blockHash = method(
  { hash: z.union([blockNumber, z.array(blockNumber).max(MAX_NUMBERS)]).optional() },
  ({ hash: asked }, { node }) => {
    if (asked === undefined) return node.head().hash;
    return Array.isArray(asked)
      ? asked.map((number) => node.hashOf(number) ?? null)
      : (node.hashOf(asked) ?? null);
  },
);
const finalizedHead = method({}, (_, { node }) => node.finalized().hash);
const newHeads = subscription({}, (_, { node }) => heads(node));
const finalizedHeads = subscription({}, (_, { node }) => finalizedOnes(node));
const unsubscribe = method({ subscription: subscriptionId }, (params, context) =>
  context.unsubscribe(params.subscription),
);

export const chainMethods: Methods = {
  chain_getBlockHash: blockHash,
  chain_getHead: blockHash,
  chain_getFinalizedHead: finalizedHead,
  chain_getFinalisedHead: finalizedHead,
  chain_getHeader: method({ hash: at }, ({ hash }, { node }) => {
    const header = node.header(hash ?? node.head().hash);
    return header === undefined ? null : shownHeader(header);
  }),
  chain_getBlock: method({ hash: at }, ({ hash }, { node }) => {
    const block = node.block(hash ?? node.head().hash);
    if (block === undefined) return null;
    return {
      block: { header: shownHeader(block.header), extrinsics: block.extrinsics.map(toHex) },
      justifications: null,
    };
  }),
  chain_subscribeNewHead: newHeads,
  chain_subscribeNewHeads: newHeads,
  chain_subscribeAllHeads: subscription({}, (_, { node }) => heads(node, "chain_allHead")),
  chain_subscribeFinalizedHeads: finalizedHeads,
  chain_subscribeFinalisedHeads: finalizedHeads,
  chain_unsubscribeNewHead: unsubscribe,
  chain_unsubscribeNewHeads: unsubscribe,
  chain_unsubscribeAllHeads: unsubscribe,
  chain_unsubscribeFinalizedHeads: unsubscribe,
  chain_unsubscribeFinalisedHeads: unsubscribe,
};

/** The head as it is now, then every new one. */
function heads(node: DevnetNode, notification = "chain_newHead"): Subscription {
  return {
    notification,
    start(emit) {
      emit(shownHeader(headerOf(node, node.head().hash)));
      return node.onHead(({ header }) => emit(shownHeader(header)));
    },
  };
}

function finalizedOnes(node: DevnetNode): Subscription {
  return {
    notification: "chain_finalizedHead",
    start(emit) {
      emit(shownHeader(headerOf(node, node.finalized().hash)));
      return node.onFinalized(({ header }) => emit(shownHeader(header)));
    },
  };
}

function headerOf(node: DevnetNode, hash: Hex): Header {
  const header = node.header(hash);
  if (header === undefined) throw new RpcError(RPC.client, `Client error: UnknownBlock: ${hash}`);
  return header;
}
