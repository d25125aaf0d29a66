/** The chain as actors see it: heads, metagraph, weights. Behind it a local state machine, a devnet or a real network. */
import type { Failure } from "../protocol/failure.ts";
import type { Metagraph } from "../protocol/metagraph.ts";
import type { ChainHead, ChainParams } from "../protocol/services/chain.ts";
import type { SignedCall, WeightCall, WeightRow, WeightRules } from "../protocol/weight-setting.ts";

export interface Signer {
  /** SS58 address. */
  readonly hotkey: string;
  /** Hex signature, `0x…`, of the bytes. */
  sign(message: Uint8Array): Promise<string>;
}

export interface Chain {
  /** The last block that will not be taken back. */
  head(): Promise<ChainHead>;
  /** Hash of a past block: the public seed of tasks. Fails with `not-found` for a future one. */
  blockHash(block: number): Promise<string>;
  params(netuid: number): Promise<ChainParams>;
  metagraph(netuid: number): Promise<Metagraph>;
  readonly weights: WeightSetting;
  /** Who would gain and who would lose if the next epoch ran now; absent where the chain runs no consensus. */
  forecast?(netuid: number): Promise<Forecast[]>;
  close(): Promise<void>;
}

export interface Forecast {
  uid: number;
  role: "validator" | "miner";
  /** Of the subnet's token: what it would get, and what its stake or the plain mean of weights would give. */
  gets: number;
  expected: number;
  why: string;
}

/** Setting weights in steps, each of which may be the last one before a crash and can be taken up again after it. */
export interface WeightSetting {
  /** What the chain looks at before it takes weights of this hotkey, in the newest block. */
  rules(options: { netuid: number; hotkey: string }): Promise<WeightRules>;
  /** Signs a call without sending it, so that it can be put on record first. */
  sign(options: { netuid: number; call: WeightCall; signer: Signer }): Promise<SignedCall>;
  /**
   * Hands it to the chain, which may have it already. Fails with the chain's reason, by its own name and with a remedy;
   * a failure with `conflict` says that its nonce was used: ask for its fate.
   */
  send(signed: SignedCall): Promise<void>;
  /** What became of it, by blocks that will not be taken back. */
  fate(signed: SignedCall): Promise<Fate>;
  /** The weights of a uid on chain, at the head that will not be taken back. */
  row(options: { netuid: number; uid: number }): Promise<OnChainWeights>;
  /** This hotkey's commits that are not revealed yet. */
  commits(options: { netuid: number; hotkey: string }): Promise<OpenCommit[]>;
}

export type Fate =
  /** It may still be included. */
  | { state: "pending" }
  /** It never was and never will be. */
  | { state: "gone" }
  /** `failure` is why it came to nothing; the verdict is unknown when the node no longer has that block's state. */
  | { state: "included"; block: number; hash: string; verdict: "ok" | "unknown" | { failure: Failure } };

export interface OnChainWeights {
  block: number;
  row: WeightRow;
  lastUpdate: number;
}

export interface OpenCommit {
  kind: "commit" | "timelock";
  /** Hash of a hash commit. */
  hash: string | undefined;
  /** The epoch that it counts to. */
  epoch: number;
  block: number;
}
