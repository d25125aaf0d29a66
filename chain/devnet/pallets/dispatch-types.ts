/** How a call is classed, what it weighs and how it fails, as events and runtime APIs tell it. */
import { fixedBytes, unit } from "../declare/collections.ts";
import { struct, variant } from "../declare/composites.ts";
import type { DispatchError } from "../declare/errors.ts";
import { compact, u8, u64 } from "../declare/numbers.ts";
import type { Type, TypeOf } from "../declare/type.ts";

export const weight = struct("sp_weights::weight_v2::Weight", {
  ref_time: compact(u64),
  proof_size: compact(u64),
});

export const dispatchClass = variant("frame_support::dispatch::DispatchClass", {
  Normal: [0],
  Operational: [1],
  Mandatory: [2],
});

export const dispatchEventInfo = struct("frame_system::DispatchEventInfo", {
  weight,
  class: dispatchClass,
  pays_fee: variant("frame_support::dispatch::Pays", { Yes: [0], No: [1] }),
});

const moduleError = struct("sp_runtime::ModuleError", { index: u8, error: fixedBytes(4) });

const names = <const N extends readonly string[]>(path: string, list: N) =>
  variant(
    path,
    Object.fromEntries(list.map((name, index) => [name, [index]])) as Record<N[number], [number]>,
  );

export const dispatchError = variant("sp_runtime::DispatchError", {
  Other: [0],
  CannotLookup: [1],
  BadOrigin: [2],
  Module: [3, moduleError],
  ConsumerRemaining: [4],
  NoProviders: [5],
  TooManyConsumers: [6],
  Token: [
    7,
    names("sp_runtime::TokenError", [
      "FundsUnavailable",
      "OnlyProvider",
      "BelowMinimum",
      "CannotCreate",
      "UnknownAsset",
      "Frozen",
      "Unsupported",
      "CannotCreateHold",
      "NotExpendable",
      "Blocked",
    ]),
  ],
  Arithmetic: [8, names("sp_arithmetic::ArithmeticError", ["Underflow", "Overflow", "DivisionByZero"])],
  Transactional: [9, names("sp_runtime::TransactionalError", ["LimitReached", "NoLayer"])],
  Exhausted: [10],
  Corruption: [11],
  Unavailable: [12],
  RootNotAllowed: [13],
  Trie: [
    14,
    names("sp_runtime::proving_trie::TrieError", [
      "InvalidStateRoot",
      "IncompleteDatabase",
      "ValueAtIncompleteKey",
      "DecoderError",
      "InvalidHash",
      "DuplicateKey",
      "ExtraneousNode",
      "ExtraneousValue",
      "ExtraneousHashReference",
      "InvalidChildReference",
      "ValueMismatch",
      "IncompleteProof",
      "RootMismatch",
      "DecodeError",
    ]),
  ],
}) as unknown as Type<DispatchError>;

export const dispatchResult = variant(
  "Result",
  { Ok: [0, unit], Err: [1, dispatchError] },
  { parameters: { T: unit, E: dispatchError } },
);
export type DispatchResult = TypeOf<typeof dispatchResult>;

/** The result of a call that failed like this, or did not. */
export const resultOf = (failure: { readonly error: DispatchError } | undefined): DispatchResult =>
  failure === undefined ? { type: "Ok", value: undefined } : { type: "Err", value: failure.error };
