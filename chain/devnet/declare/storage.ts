/** Storage items as a pallet declares them: where their values lie, and what they are when nothing is there. */
import type { Hex } from "../../scale/hex.ts";
import { type Hasher, itemPrefix } from "../../scale/storage-key.ts";
import { KnownKeys } from "./known-keys.ts";
import type { AnyType, Immutable, Type, TypeOf } from "./type.ts";

/** One key of a map: how it is hashed, and its type. */
export interface KeyPart<T = unknown> {
  readonly hasher: Hasher;
  readonly type: Type<T>;
}

interface AnyKeyPart {
  readonly hasher: Hasher;
  readonly type: AnyType;
}

const part =
  (hasher: Hasher) =>
  <T>(type: Type<T>): KeyPart<T> => ({ hasher, type });

/** The key itself, unhashed: for small numbers that nobody chooses freely. */
export const identity = part("Identity");
export const blake2Concat = part("Blake2128Concat");
export const twox64Concat = part("Twox64Concat");

/**
 * A storage item. `Keys` are the values of its keys, `Value` what it holds, `Missing` what reading gives when nothing is
 * stored: the fallback's type, or undefined for an optional item.
 */
export interface StorageItem<Keys extends readonly unknown[], Value, Missing extends Value | undefined> {
  readonly pallet: string;
  readonly name: string;
  /** 32 bytes as hex: twox128 of the pallet and of the name. */
  readonly prefix: Hex;
  readonly parts: readonly KeyPart[];
  readonly value: Type<Value>;
  /** Undefined for an optional item. */
  readonly fallback: Missing;
  readonly optional: boolean;
  /** The key of one entry, or with fewer keys the prefix of many. */
  key(...keys: Partial<Keys>): Hex;
}

/** An item of whatever type. */
export interface AnyStorageItem {
  readonly pallet: string;
  readonly name: string;
  readonly prefix: Hex;
  readonly parts: readonly KeyPart[];
  readonly value: AnyType;
  readonly fallback: unknown;
  readonly optional: boolean;
}

type KeysOf<P extends readonly AnyKeyPart[]> = { -readonly [I in keyof P]: TypeOf<P[I]["type"]> };

/** Declares the storage of a pallet, under the prefix of its name. */
export function storageOf(pallet: string) {
  function value<T>(
    name: string,
    options: { type: Type<T>; fallback: NoInfer<Immutable<T>> },
  ): StorageItem<[], T, T>;
  function value<T>(name: string, options: { type: Type<T> }): StorageItem<[], T, undefined>;
  function value<T>(
    name: string,
    { type, fallback }: { type: Type<T>; fallback?: NoInfer<Immutable<T>> },
  ): StorageItem<[], T, T | undefined> {
    return item(pallet, name, [], type, fallback as T | undefined);
  }
  function map<const P extends readonly AnyKeyPart[], T>(
    name: string,
    options: { keys: P; type: Type<T>; fallback: NoInfer<Immutable<T>> },
  ): StorageItem<KeysOf<P>, T, T>;
  function map<const P extends readonly AnyKeyPart[], T>(
    name: string,
    options: { keys: P; type: Type<T> },
  ): StorageItem<KeysOf<P>, T, undefined>;
  function map<const P extends readonly AnyKeyPart[], T>(
    name: string,
    { keys, type, fallback }: { keys: P; type: Type<T>; fallback?: NoInfer<Immutable<T>> },
  ): StorageItem<KeysOf<P>, T, T | undefined> {
    return item(
      pallet,
      name,
      keys as readonly AnyKeyPart[] as readonly KeyPart[],
      type,
      fallback as T | undefined,
    );
  }
  return { value, map };
}

function item<Keys extends readonly unknown[], T>(
  pallet: string,
  name: string,
  parts: readonly KeyPart[],
  type: Type<T>,
  fallback: T | undefined,
): StorageItem<Keys, T, T | undefined> {
  const prefix = itemPrefix(pallet, name);
  const keys = new KnownKeys(prefix, parts);
  return {
    pallet,
    name,
    prefix,
    parts,
    value: type,
    fallback,
    optional: fallback === undefined,
    key: (...given) => keys.find(given),
  };
}
