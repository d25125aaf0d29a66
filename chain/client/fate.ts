/** What became of an extrinsic, by the finalized chain alone: a node's word on its pool proves nothing. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import type { ChainHead } from "../../protocol/services/chain.ts";
import type { SignedCall } from "../../protocol/weight-setting.ts";
import type { Fate } from "../chain.ts";
import type { ChainTypes } from "../scale/chain-types.ts";
import { decodeEvents, outcomeOf } from "../scale/events.ts";
import { fromHex } from "../scale/hex.ts";
import { dispatchFailure } from "./errors/dispatch-failure.ts";
import { hashOf } from "./heads.ts";
import { Whole } from "./numbers.ts";
import type { RequestOptions, Rpc } from "./rpc.ts";
import { asHex } from "./runtime.ts";
import { stateAt } from "./state.ts";

const Block = z.object({ block: z.object({ extrinsics: z.array(z.string()).max(100_000) }) });
const AccountInfo = z.object({ nonce: Whole });

export async function fateOf(
  rpc: Rpc,
  types: ChainTypes,
  signed: SignedCall,
  /** The newest block that finality has reached. */
  head: ChainHead,
  options: RequestOptions = {},
): Promise<Fate> {
  const { account } = await stateAt(rpc, types, head.hash, options).read({
    account: ["System", "Account", signed.hotkey],
  });
  const { nonce } = AccountInfo.parse(account);
  // Extrinsics of an account go in in order of nonce: while this one's is unused, it is in no finalized block.
  if (nonce <= signed.nonce) return { state: head.block + 1 < signed.dies ? "pending" : "gone" };
  for (let block = signed.born + 1; block <= Math.min(head.block, signed.dies - 1); block++) {
    const found = await inBlock(rpc, types, signed, block, options);
    if (found !== undefined) return found;
  }
  // Another extrinsic had the nonce.
  return { state: "gone" };
}

async function inBlock(
  rpc: Rpc,
  types: ChainTypes,
  signed: SignedCall,
  block: number,
  options: RequestOptions,
): Promise<Fate | undefined> {
  const at: ChainHead = { block, hash: await hashOf(rpc, block, options) };
  const body = Block.parse(await rpc.request("chain_getBlock", [at.hash], options));
  const index = body.block.extrinsics.indexOf(signed.bytes);
  if (index < 0) return undefined;
  return { state: "included", ...at, verdict: await verdictOf(rpc, types, at, index, options) };
}

async function verdictOf(
  rpc: Rpc,
  types: ChainTypes,
  { block, hash }: ChainHead,
  index: number,
  options: RequestOptions,
): Promise<"ok" | "unknown" | { failure: Failure }> {
  const key = types.storage("System", "Events").key();
  const answer = await rpc.request("state_getStorage", [key, hash], options).catch((thrown: unknown) => {
    // A node keeps the state of some hundred blocks only.
    if (Failure.from(thrown).message.includes("State already discarded")) return undefined;
    throw thrown;
  });
  if (answer === undefined || answer === null) return "unknown";
  const outcome = outcomeOf(types, decodeEvents(types, fromHex(asHex(answer))), index);
  if (outcome.ok) return "ok";
  const { pallet = "", name } = outcome.error;
  return { failure: dispatchFailure({ pallet, name }, { block }) };
}
