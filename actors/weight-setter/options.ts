/** What a weight-setter is given. */
import type { Chain, Signer } from "../../chain/chain.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { sha256 } from "../../protocol/canonical.ts";
import type { Lease } from "../../runtime/lease.ts";
import type { Node } from "../../runtime/node.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";

export interface WeightSetterOptions {
  node: Node;
  subnet: LoadedSubnet;
  ledger: Ledger;
  chain: Chain;
  netuid: number;
  signer: Signer;
  /** Told to the chain with the weights. Default: the mechanism's version, which owners require through it. */
  versionKey?: number;
}

/** Effects of one hotkey are a kind of their own: a shared ledger may hold those of others. */
export const effectKind = (netuid: number, hotkey: string): string =>
  `set-weights.${netuid}.${sha256(hotkey).slice(0, 16)}`;

/** All that submitting needs of a node. */
export interface SubmitOptions extends Omit<WeightSetterOptions, "node"> {
  node: Pick<Node, "rng" | "log" | "metrics">;
}

/** What fences a deposed setter's records off. */
export type Fence = Pick<Lease, "key" | "token">;
