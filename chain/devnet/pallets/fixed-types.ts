/** Fixed-point and collection types by the paths under which clients know them; values of the former are raw bits. */
import { tuple, vec } from "../declare/collections.ts";
import { struct, wrapper } from "../declare/composites.ts";
import { i64, i128, u128 } from "../declare/numbers.ts";
import type { AnyType, Type } from "../declare/type.ts";

const UINT = "substrate_typenum::uint::UInt";
const B0 = struct("substrate_typenum::bit::B0", {});
const B1 = struct("substrate_typenum::bit::B1", {});

/** A number as a type, its bits from the highest down: clients read the count of fraction bits off it. */
const typenum = (value: number): AnyType =>
  [...value.toString(2)].reduce<AnyType>(
    (msb, bit) => {
      const lsb = bit === "1" ? B1 : B0;
      return struct(UINT, { msb, lsb }, { parameters: { U: msb, B: lsb } });
    },
    struct("substrate_typenum::uint::UTerm", {}),
  );

const fixed = (name: string, bits: Type<bigint>, fraction: number) =>
  struct(`substrate_fixed::${name}`, { bits }, { parameters: { Frac: typenum(fraction) } });

export const u64f64 = fixed("FixedU128", u128, 64);
export const u96f32 = fixed("FixedU128", u128, 32);
export const i64f64 = fixed("FixedI128", i128, 64);
export const i96f32 = fixed("FixedI128", i128, 32);
export const i32f32 = fixed("FixedI64", i64, 32);

/** `BTreeSet<T>`: ascending. */
export const btreeSet = <T>(type: Type<T>): Type<T[]> =>
  wrapper("BTreeSet", vec(type), { parameters: { T: type } });

/** `BTreeMap<K, V>`: pairs, keys ascending. */
export const btreeMap = <K, V>(key: Type<K>, value: Type<V>): Type<[K, V][]> =>
  wrapper("BTreeMap", vec(tuple(key, value)) as Type<[K, V][]>, { parameters: { K: key, V: value } });
