/** Blocks by number and by hash, as the node tells them. */
import { Failure } from "../../protocol/failure.ts";
import type { ChainHead } from "../../protocol/services/chain.ts";
import { Hash, RpcHeader } from "./connection/header.ts";
import type { RequestOptions, Rpc } from "./rpc.ts";

/** The newest block that finality has reached. */
export async function finalizedHead(rpc: Rpc, options: RequestOptions = {}): Promise<ChainHead> {
  const hash = Hash.parse(await rpc.request("chain_getFinalizedHead", [], options));
  const header = RpcHeader.parse(await rpc.request("chain_getHeader", [hash], options));
  return { block: header.number, hash };
}

/** The newest block, which may yet be taken back. */
export async function bestHead(rpc: Rpc, options: RequestOptions = {}): Promise<ChainHead> {
  const hash = Hash.parse(await rpc.request("chain_getBlockHash", [], options));
  const header = RpcHeader.parse(await rpc.request("chain_getHeader", [hash], options));
  return { block: header.number, hash };
}

/** Fails with `not-found` for a block that does not exist yet. */
export async function hashOf(rpc: Rpc, block: number, options: RequestOptions = {}): Promise<string> {
  const hash = Hash.nullable().parse(await rpc.request("chain_getBlockHash", [block], options));
  if (hash !== null) return hash;
  throw new Failure("not-found", `block ${block} is in the future`, { meta: { block } });
}
