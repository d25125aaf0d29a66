/**
 * The devnet's node as its front sees it: blocks, state as real keys and bytes, a pool of extrinsics, and a clock
 * that makes blocks or a caller who does. Nothing here knows of websockets.
 */
import type { Header } from "../../scale/header.ts";
import type { Hex } from "../../scale/hex.ts";
import type { BlockRef, DevnetBlock } from "./block.ts";
import type { SubmittedStatus } from "./pool-status.ts";
import type { RuntimeVersion } from "./runtime-version.ts";

/** A new block with the storage keys that it changed, for subscriptions to storage. */
export interface BlockNews extends BlockRef {
  header: Header;
  /** Keys whose value differs from the block before, in key order. */
  changed: readonly Hex[];
}

export interface PaymentInfo {
  /** Picoseconds. */
  refTime: bigint;
  proofSize: bigint;
  class: "normal" | "operational" | "mandatory";
  /** Rao, without the tip. */
  partialFee: bigint;
}

/** What `devnet_info` tells: how the devnet is set, and every way in which it is simpler than the real chain. */
export interface DevnetInfo {
  chain: string;
  genesisHash: Hex;
  specVersion: number;
  /** Milliseconds, or null in manual mode. */
  blockTimeMs: number | null;
  head: BlockRef;
  finalized: BlockRef;
  /** `ours`, or the digest of the file that is served instead. */
  metadata: string;
  snapshots: string[];
  pending: number;
  simplifications: { pallet: string; text: string }[];
  /** Exceptions in calls since the start: each is a bug of the devnet. */
  defects: number;
}

export interface KeysOptions {
  count: number;
  startKey?: Hex | undefined;
  at?: Hex | undefined;
}

/** A hyperparameter by its name, of one subnet or of the chain. */
export interface Change {
  name: string;
  netuid?: number | undefined;
  value: unknown;
}

export interface DevnetNode {
  readonly genesisHash: Hex;
  readonly chainName: string;
  /** The metadata with its magic, or undefined for a version that is not served. */
  metadata(version: number): Uint8Array | undefined;
  /** Versions that `metadata` serves, ascending. */
  readonly metadataVersions: readonly number[];
  runtimeVersion(): RuntimeVersion;

  head(): BlockRef;
  finalized(): BlockRef;
  hashOf(number: number): Hex | undefined;
  header(hash: Hex): Header | undefined;
  /** With its extrinsics, which are kept of the last 2,400 blocks. */
  block(hash: Hex): DevnetBlock | undefined;

  /** The value under a key at a block (the head when omitted). Fails with `not-found` when the block's state is unknown or discarded. */
  storage(key: Hex, at?: Hex): Uint8Array | undefined;
  /** Keys with the prefix in key order, after `startKey`; at most `count` of them, and never more than 100,000. */
  keys(prefix: Hex, options: KeysOptions): Hex[];
  /** A runtime call by its exported name, such as `SubnetInfoRuntimeApi_get_metagraph`. Fails with `unknown-method` or `malformed`. */
  call(name: string, args: Uint8Array, at?: Hex): Uint8Array;

  /** Takes an extrinsic into the pool; throws a `PoolRefusal` (pool-refusal.ts) otherwise. */
  submit(extrinsic: Uint8Array): { hash: Hex };
  /**
   * Submits and follows: the statuses until a final one. Throws the `PoolRefusal` at the call, not in the iteration.
   * Ends when the signal aborts; the extrinsic stays in the pool.
   */
  watch(extrinsic: Uint8Array, signal: AbortSignal): { hash: Hex; statuses: AsyncIterable<SubmittedStatus> };
  /** The next nonce of an account (32 bytes), those waiting in the pool counted. */
  nextNonce(account: Uint8Array): number;
  /** Extrinsics ready for the next blocks, in the order they would go in. */
  pending(): Uint8Array[];
  /** What an extrinsic would pay, whatever its signature. Throws a `PoolRefusal` for bytes that are none. */
  paymentInfo(extrinsic: Uint8Array): PaymentInfo;

  /** Calls back for each new block, in order, after it is readable; returns how to stop. */
  onHead(listener: (news: BlockNews) => void): () => void;
  onFinalized(listener: (block: BlockRef & { header: Header }) => void): () => void;

  /** Makes `count` blocks now (1 to 100,000), a slot of the chain's time each, yielding to others in between. */
  advance(count: number): Promise<BlockRef>;
  /** Remembers the chain as it is; returns an id. The last 16 are kept. */
  snapshot(): string;
  /** Goes back to a snapshot. Blocks after it are forgotten and their extrinsics with them. */
  restore(id: string): BlockRef;
  /** Sets a hyperparameter by name in the next block's state without an extrinsic; fails with `malformed` or `not-found`. */
  set(change: Change): void;
  info(): DevnetInfo;
  /** The whole chain as bytes for `--state FILE`. */
  save(): Uint8Array;

  /** Starts the block clock; nothing happens in manual mode. */
  start(): void;
  /** Stops the block clock and finality, and ends every watch. */
  stop(): void;
}
