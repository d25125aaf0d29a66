/** The chain as actors see it: heads, metagraph, weights. Behind it a local state machine, a devnet or a real network. */
import type { Metagraph } from "../protocol/metagraph.ts";
import type { ChainHead, ChainParams } from "../protocol/services/chain.ts";
import type { WeightVector } from "../protocol/weights.ts";

export interface Signer {
  /** SS58 address. */
  readonly hotkey: string;
  /** Hex signature, `0x…`, of the bytes. */
  sign(message: Uint8Array): Promise<string>;
}

export interface Chain {
  head(): Promise<ChainHead>;
  /** Hash of a past block: the public seed of tasks. Fails with `not-found` for a future one. */
  blockHash(block: number): Promise<string>;
  params(netuid: number): Promise<ChainParams>;
  metagraph(netuid: number): Promise<Metagraph>;
  /**
   * Sets weights, or fails: `unauthorised` (not registered, no permit), `refused` with `retryAfterMs` (rate limit),
   * `malformed` (vector), `unavailable`. Never silent.
   */
  submitWeights(input: {
    netuid: number;
    vector: WeightVector;
    versionKey: number;
    signer: Signer;
    signal?: AbortSignal;
  }): Promise<{ block: number; hash: string }>;
  close(): Promise<void>;
}
