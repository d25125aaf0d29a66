/** Events of a block as its metadata spells them, and how one extrinsic of it ended. */
import { Failure } from "../../protocol/failure.ts";
import type { ChainTypes } from "./chain-types.ts";
import type { Hex } from "./hex.ts";

export interface ChainEvent {
  /** Index of the extrinsic it belongs to, or undefined for the block's own. */
  readonly extrinsic: number | undefined;
  readonly pallet: string;
  readonly name: string;
  readonly value: unknown;
}

interface Enum {
  readonly type: string;
  readonly value: unknown;
}

interface EventRecord {
  readonly phase: Enum;
  readonly event: Enum & { readonly value: Enum };
}

/** The events in the bytes of `System.Events`. */
export function decodeEvents(types: ChainTypes, bytes: Uint8Array | undefined): ChainEvent[] {
  const records = types.storage("System", "Events").decode(bytes) as EventRecord[];
  return records.map(({ phase, event }) => ({
    extrinsic: phase.type === "ApplyExtrinsic" ? Number(phase.value) : undefined,
    pallet: event.type,
    name: event.value.type,
    value: event.value.value,
  }));
}

/** `pallet` is absent for errors of the dispatch itself, such as `BadOrigin`. */
export interface DispatchErrorName {
  readonly pallet?: string;
  readonly name: string;
}

/** Whether the extrinsic at that index succeeded, or what it failed with. Fails with `not-found` without a verdict. */
export function outcomeOf(
  types: ChainTypes,
  events: readonly ChainEvent[],
  extrinsic: number,
): { readonly ok: true } | { readonly ok: false; readonly error: DispatchErrorName } {
  for (const { extrinsic: of, pallet, name, value } of events) {
    if (of !== extrinsic || pallet !== "System") continue;
    if (name === "ExtrinsicSuccess") return { ok: true };
    if (name === "ExtrinsicFailed") {
      const { dispatch_error: error } = value as { dispatch_error: Enum };
      return { ok: false, error: dispatchErrorName(types, error) };
    }
  }
  throw new Failure("not-found", "no event tells how the extrinsic ended", { meta: { extrinsic } });
}

/** A `DispatchError` by name: a module's own, or `Token.FundsUnavailable` and the like. */
export function dispatchErrorName(types: ChainTypes, error: Enum): DispatchErrorName {
  const inner = error.value as Enum | { index: number; error: Hex } | undefined;
  if (error.type !== "Module") {
    return { name: inner !== undefined && "type" in inner ? `${error.type}.${inner.type}` : error.type };
  }
  if (inner === undefined) return { name: "Module" };
  // The codec knows the errors by name where the metadata says which enum holds them all.
  if ("index" in inner) return types.errorName(inner);
  return { pallet: inner.type, name: (inner.value as Enum | undefined)?.type ?? "unknown" };
}
