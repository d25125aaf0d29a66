/** Fields of what runtime APIs tell about a subnet: a type, and how its value is read. */
import { createCodec, createDecoder } from "@polkadot-api/substrate-bindings";
import {
  type AccountId,
  type AnyType,
  compact,
  type Immutable,
  option,
  type StorageItem,
  struct,
  type Type,
  u8,
  u16,
  u64,
  u128,
  vec,
} from "../declare/index.ts";
import { type StakeWeight, stakeWeightOf } from "../pallets/subtensor/inherited-stake.ts";
import { type At, hotkeysOf } from "../pallets/subtensor/subnets.ts";

export const c16 = compact(u16);
export const c64 = compact(u64);
export const c128 = compact(u128);
/** A text as `Vec<Compact<u8>>`, byte by byte. */
export const c8s = vec(compact(u8));

/** One subnet (one mechanism of it) at a block; what costs is worked out once and when asked for. */
export class View {
  readonly at: At;
  readonly netuid: number;
  /** Netuid of the mechanism's vectors. */
  readonly index: number;
  #hotkeys: AccountId[] | undefined;
  #stakes: StakeWeight[] | undefined;

  constructor(at: At, netuid: number, index = netuid) {
    this.at = at;
    this.netuid = netuid;
    this.index = index;
  }

  get hotkeys(): AccountId[] {
    this.#hotkeys ??= hotkeysOf(this.at, this.netuid);
    return this.#hotkeys;
  }

  get stakes(): StakeWeight[] {
    this.#stakes ??= this.hotkeys.map((hotkey) => stakeWeightOf(this.at, hotkey, this.netuid));
    return this.#stakes;
  }

  /** What is stored for the subnet. */
  get<V>(item: StorageItem<[number], V, V>): Immutable<V> {
    return this.at.state.get(item, this.netuid);
  }
}

export interface Field<T = unknown> {
  readonly type: Type<T>;
  readonly read: (view: View) => Immutable<T>;
}

/** Keeps the field's own type while fields of all types lie together. */
export const field = <T>(type: Type<T>, read: (view: View) => NoInfer<Immutable<T>>): Field<T> => ({
  type,
  read,
});

/** A stored number, compact. */
export const stored16 = (item: StorageItem<[number], number, number>): Field<number> =>
  field(c16, (view) => view.get(item));
export const stored64 = (item: StorageItem<[number], bigint, bigint>): Field<bigint> =>
  field(c64, (view) => view.get(item));

export interface AnyField {
  readonly type: AnyType;
  readonly read: (view: View) => unknown;
}
export type FieldSet = Readonly<Record<string, AnyField>>;

/** A struct of fields. */
export const structOf = (
  path: string,
  fields: FieldSet,
  ofAccount?: Type<AccountId>,
): Type<Readonly<Record<string, unknown>>> =>
  struct(
    path,
    Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, type])),
    ofAccount === undefined ? {} : { parameters: { AccountId: ofAccount } },
  ) as AnyType as Type<Readonly<Record<string, unknown>>>;

/** The values of all fields. */
export const readAll = (fields: FieldSet, view: View): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, { read }]) => [name, read(view)]));

/** `Option<T>` whose values are told apart from those of T, for an option in an option. */
export function maybe<T>(type: Type<T>): Type<{ readonly some: T } | undefined> {
  return {
    codec: createCodec(
      (value) =>
        value === undefined
          ? Uint8Array.of(0)
          : new Uint8Array(Buffer.concat([Uint8Array.of(1), type.codec.enc(value.some)])),
      createDecoder((cursor) => (u8.codec.dec(cursor) === 0 ? undefined : { some: type.codec.dec(cursor) })),
    ),
    shape: option(type).shape,
  };
}
