/** What hooks and calls are given: the state they change and the block they run in. */

import type { Rng } from "../../../runtime/ports/rng.ts";
import type { State } from "../state/state.ts";
import type { DispatchFailure } from "./errors.ts";
import type { RuntimeEvent } from "./events.ts";
import type { AccountId } from "./known-types.ts";

export type Origin =
  | { readonly kind: "signed"; readonly who: AccountId }
  | { readonly kind: "root" }
  | { readonly kind: "none" };

/** A hook's context: before or after the extrinsics of a block. */
export interface BlockContext {
  readonly state: State;
  /** Number of the block being made. */
  readonly block: number;
  /** The block's timestamp in milliseconds. */
  readonly now: number;
  /** Seeded by the parent's hash, so that the same chain draws the same. */
  readonly rng: Rng;
  emit(event: RuntimeEvent): void;
}

/** A call as decoded: `{ type: "Balances", value: { type: "transfer_keep_alive", value: { … } } }`. */
export interface RuntimeCall {
  readonly type: string;
  readonly value: { readonly type: string; readonly value: unknown };
}

/** A call's context. State and events of a call that throws are undone. */
export interface CallContext extends BlockContext {
  readonly origin: Origin;
  /** The signer, or throws `BadOrigin`. */
  signer(): AccountId;
  /** Passes for root (sudo), or throws `BadOrigin`. */
  ensureRoot(): void;
  /** Runs another call in a layer of its own, as batch and sudo do: undefined, or what it failed with. */
  dispatch(call: RuntimeCall, origin: Origin): DispatchFailure | undefined;
}
