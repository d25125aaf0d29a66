/** Calls of a pallet: what metadata says of them, and what they do. */
import type { Codec } from "@polkadot-api/substrate-bindings";
import { type Fields, struct, type ValueOf } from "./composites.ts";
import type { CallContext } from "./context.ts";
import type { Shape } from "./shape.ts";

export type DispatchClass = "Normal" | "Operational" | "Mandatory";

export interface CallOptions<F extends Fields> {
  readonly name: string;
  readonly index: number;
  readonly args: F;
  /** False for the calls that a hotkey without TAO may make. */
  readonly pays?: boolean;
  readonly class?: DispatchClass;
  /** The weight as the chain's benchmarks give it, in picoseconds; a flat 200,000,000 when omitted. */
  readonly refTime?: bigint;
  /**
   * Runs the call inside a layer of state that is rolled back when it throws. Throws a `DispatchFailure`.
   * A call without it is declared and not simulated: the pool refuses it and says so. Returns `FREE` to have its fee given back.
   */
  readonly run?: (context: CallContext, args: ValueOf<F>) => unknown;
}

/** A call of whatever arguments. */
export interface AnyCall {
  readonly name: string;
  readonly index: number;
  readonly pays: boolean;
  readonly class: DispatchClass;
  readonly refTime: bigint;
  readonly args: { readonly codec: Codec<unknown>; readonly shape: Shape };
  readonly run: ((context: CallContext, args: never) => unknown) | undefined;
}

/** What a call returns that is free after all, as `Pays::No` after dispatch. */
export const FREE = Symbol("free");

const FLAT_REF_TIME = 200_000_000n;

/** Declares a call: `call({ name: "set_weights", index: 0, args: { netuid: u16, … }, pays: false, run(context, args) { … } })`. */
export const call = <const F extends Fields>(options: CallOptions<F>): AnyCall => ({
  name: options.name,
  index: options.index,
  pays: options.pays ?? true,
  class: options.class ?? "Normal",
  refTime: options.refTime ?? FLAT_REF_TIME,
  args: struct("", options.args) as AnyCall["args"],
  run: options.run,
});
