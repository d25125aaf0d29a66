/** What the node needs of the pallets: it knows blocks, extrinsics and the pool, they know what the chain does. */

import type { Hex } from "../../scale/hex.ts";
import type {
  AccountId,
  AnyCall,
  BlockContext,
  CallContext,
  DispatchFailure,
  Late,
  Pallet,
  RuntimeApi,
  RuntimeCall,
  RuntimeEvent,
} from "../declare/index.ts";
import type { ReadState } from "../state/read-state.ts";
import type { Change } from "./node.ts";
import type { RuntimeVersion } from "./runtime-version.ts";

/** An event with when it happened: before the extrinsics, in one of them, or after. */
export interface EventRecord {
  readonly phase:
    | { readonly type: "ApplyExtrinsic"; readonly value: number }
    | { readonly type: "Finalization" | "Initialization"; readonly value: undefined };
  readonly event: RuntimeEvent;
}

/** A signed extrinsic as validity and fees see it. */
export interface Transaction {
  readonly call: RuntimeCall;
  /** The declaration of the outermost call. */
  readonly declared: AnyCall;
  readonly who: AccountId;
  readonly nonce: number;
  readonly tip: bigint;
  /** Bytes, the length in front included. */
  readonly length: number;
}

export interface Runtime {
  /** As `state_getRuntimeVersion` tells it; its `apis` are those below and `NODE_APIS` (api-versions.ts). */
  readonly version: RuntimeVersion;
  /** In the order of their indices. */
  readonly pallets: readonly Pallet[];
  readonly apis: readonly RuntimeApi[];
  /** The types of calls inside calls and of events in storage: the node resolves them from `pallets`. */
  readonly runtimeCall: Late<RuntimeCall>;
  readonly runtimeEvent: Late<RuntimeEvent>;
  /** What `system_chain` answers. */
  readonly chainName: string;

  /** Writes the state of block 0. */
  genesis(context: BlockContext): void;
  /** Opens a block: System's number, parent hash and hash of the block before; then the hooks in the chain's order. */
  initialize(context: BlockContext, parent: Hex): void;
  /** Calls that every block begins with, such as `Timestamp.set`. */
  inherents(context: BlockContext): readonly RuntimeCall[];
  /** Closes a block: the hooks, then System's events and counts. `emit` may still be called by hooks. */
  finalize(context: BlockContext, events: () => readonly EventRecord[], extrinsics: number): void;

  nonceOf(state: ReadState, who: AccountId): number;
  /** The checks of the transaction extensions but signature, era and nonce; throws an `InvalidTransaction`. */
  validate(context: CallContext, transaction: Transaction): void;
  /** Rao, the tip included; 0 for calls that pay nothing. */
  feeOf(transaction: Transaction): bigint;
  /** Before dispatch: takes the fee (throws an `InvalidTransaction`) and raises the nonce. */
  prepare(context: CallContext, transaction: Transaction, fee: bigint): void;
  /**
   * After dispatch: gives the fee back when the call asked for it (`free`), tells the fee, and says how it ended:
   * `ExtrinsicSuccess` or `ExtrinsicFailed`.
   */
  settle(
    context: CallContext,
    ended: {
      readonly transaction: Transaction | undefined;
      readonly declared: AnyCall;
      readonly fee: bigint;
      readonly free: boolean;
      readonly failure: DispatchFailure | undefined;
    },
  ): void;

  /** `devnet_set`: writes a hyperparameter without an extrinsic. Fails with `malformed` or `not-found`. */
  set(context: BlockContext, change: Change): void;
}
