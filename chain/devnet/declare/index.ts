/**
 * How a pallet is declared. In short:
 *
 *     const storage = storageOf("SubtensorModule");
 *     export const Tempo = storage.map("Tempo", { keys: [identity(u16)], type: u16, fallback: 360 });
 *     export const Uids = storage.map("Uids", { keys: [identity(u16), blake2Concat(accountId)], type: u16 }); // optional
 *
 *     const errors = errorsOf("SubtensorModule", 7, "pallet_subtensor::pallet::Error", { SubNetNotExists: 1, … });
 *     const events = eventsOf("SubtensorModule", "pallet_subtensor::pallet::Event", { WeightsSet: [6, u16, u16], … });
 *     const setTempo = call({ name: "set_tempo", index: 139, args: { netuid: u16, tempo: u16 }, run(context, { netuid, tempo }) {
 *       const who = context.signer();
 *       ensure(context.state.has(Tempo, netuid), errors, "SubNetNotExists");
 *       context.state.put(Tempo, netuid, tempo);
 *       context.emit(event(events, "TempoSet", [netuid, tempo]));
 *     }});
 *
 * Accounts, H256 and `[u8; n]` are lower-case hex, `Vec<u8>` is a Uint8Array, integers beyond 32 bits are bigints, options are
 * the value or undefined, enums `{ type, value }`.
 */
export { type ApiContext, type ApiMethod, method, type RuntimeApi } from "./apis.ts";
export { type AnyCall, call, FREE } from "./calls.ts";
export { array, bytes, fixedBytes, option, text, tuple, unit, vec } from "./collections.ts";
export { type Late, late, struct, variant, wrapper } from "./composites.ts";
export { constant } from "./constants.ts";
export type { BlockContext, CallContext, Origin, RuntimeCall } from "./context.ts";
export {
  badOrigin,
  DispatchFailure,
  ensure,
  errorsOf,
  moduleError,
} from "./errors.ts";
export { event, eventsOf, type RuntimeEvent } from "./events.ts";
export { InvalidTransaction } from "./invalid.ts";
export {
  type AccountId,
  accountId,
  boundedBytes,
  boundedVec,
  h160,
  h256,
  multiAddress,
  multiSignature,
} from "./known-types.ts";
export { bool, compact, i16, i64, i128, u8, u16, u32, u64, u128 } from "./numbers.ts";
export type { Pallet } from "./pallet.ts";
export {
  type AnyStorageItem,
  blake2Concat,
  identity,
  type StorageItem,
  storageOf,
  twox64Concat,
} from "./storage.ts";
export { type AnyType, decode, encode, type Immutable, type Type, type TypeOf } from "./type.ts";
