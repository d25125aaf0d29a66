/** Numbers as Substrate writes them: little endian, fixed or compact. Up to 32 bits they are numbers, beyond bigints. */
import { createCodec, createDecoder, compact as scaleCompact } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../../protocol/failure.ts";
import type { FixedWidth } from "./fixed-codec.ts";
import { fixedCodec } from "./fixed-codec.ts";
import type { Primitive } from "./shape.ts";
import type { Type } from "./type.ts";

const small = (primitive: Primitive, bits: 8 | 16 | 32, signed: boolean): Type<number> => {
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = low + 2 ** bits - 1;
  const suffix = `${signed ? "Int" : "Uint"}${bits}` as
    | "Uint8"
    | "Uint16"
    | "Uint32"
    | "Int8"
    | "Int16"
    | "Int32";
  return number(primitive, {
    size: bits / 8,
    write(view, at, value) {
      if (!Number.isInteger(value) || value < low || value > high) throw outOfRange(primitive, value);
      view[`set${suffix}`](at, value, true);
    },
    read: (view, at) => view[`get${suffix}`](at, true),
  });
};

const large = (primitive: Primitive, words: 1 | 2, signed: boolean): Type<bigint> => {
  const bits = BigInt(64 * words);
  const low = signed ? -(1n << (bits - 1n)) : 0n;
  const high = low + (1n << bits) - 1n;
  const top = 8 * (words - 1);
  return number(primitive, {
    size: 8 * words,
    write(view, at, value) {
      if (typeof value !== "bigint" || value < low || value > high) throw outOfRange(primitive, value);
      view.setBigUint64(at, value & WORD, true);
      if (words === 2) view.setBigInt64(at + 8, value >> 64n, true);
    },
    read(view, at) {
      const upper = signed ? view.getBigInt64(at + top, true) : view.getBigUint64(at + top, true);
      return words === 1 ? upper : (upper << 64n) | view.getBigUint64(at, true);
    },
  });
};

const WORD = (1n << 64n) - 1n;

function number<T>(primitive: Primitive, fixed: FixedWidth<T>): Type<T> {
  return { codec: fixedCodec(fixed), shape: { kind: "primitive", primitive }, fixed };
}

const outOfRange = (type: string, value: unknown): Failure =>
  new Failure("defect", `a value is no ${type}`, { meta: { value: String(value).slice(0, 80) } });

export const u8 = small("u8", 8, false);
export const u16 = small("u16", 16, false);
export const u32 = small("u32", 32, false);
export const u64 = large("u64", 1, false);
export const u128 = large("u128", 2, false);
export const i16 = small("i16", 16, true);
export const i64 = large("i64", 1, true);
export const i128 = large("i128", 2, true);

export const bool: Type<boolean> = number("bool", {
  size: 1,
  write(view, at, value) {
    if (typeof value !== "boolean") throw outOfRange("bool", value);
    view.setUint8(at, value ? 1 : 0);
  },
  read(view, at) {
    const byte = view.getUint8(at);
    if (byte > 1) throw new Failure("malformed", "a bool is 0 or 1", { meta: { byte } });
    return byte === 1;
  },
});

/** `Compact<u8 … u64>`: one to nine bytes; the value has the type of what is compacted. */
export function compact<T extends number | bigint>(type: Type<T>): Type<T> {
  const isBig = type.fixed !== undefined && type.fixed.size > 4;
  return {
    codec: createCodec(
      (value) => {
        encodeForRange(type, value);
        return scaleCompact.enc(value);
      },
      createDecoder((bytes) => {
        const value = scaleCompact.dec(bytes);
        const typed = (isBig ? BigInt(value) : Number(value)) as T;
        encodeForRange(type, typed);
        return typed;
      }),
    ),
    shape: { kind: "compact", of: type.shape },
  };
}

const encodeForRange = <T>(type: Type<T>, value: T): unknown => type.codec.enc(value);
