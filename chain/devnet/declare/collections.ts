/** Types made of others without a name of their own: vectors, arrays, tuples, options, and bytes. */
import {
  type Codec,
  compact,
  createCodec,
  createDecoder,
  Option,
  Tuple,
} from "@polkadot-api/substrate-bindings";
import { Failure } from "../../../protocol/failure.ts";
import { concat } from "../../scale/concat.ts";
import type { Hex } from "../../scale/hex.ts";
import { fixedCodec, fixedVectorCodec, takeBytes, takeLength } from "./fixed-codec.ts";
import { hexOfWidth } from "./fixed-hex.ts";
import { fixedTuple } from "./fixed-parts.ts";
import { u8 } from "./numbers.ts";
import type { AnyType, Type, TypeOf } from "./type.ts";

/** `Vec<T>`. */
export function vec<T>(type: Type<T>): Type<T[]> {
  return {
    codec: type.fixed === undefined ? vectorCodec(type.codec) : fixedVectorCodec(type.fixed),
    shape: { kind: "sequence", of: type.shape },
  };
}

function vectorCodec<T>(codec: Codec<T>): Codec<T[]> {
  return createCodec(
    (values) => {
      const parts = values.map((value) => codec.enc(value));
      return concat([compact.enc(values.length), ...parts]);
    },
    createDecoder((bytes) => {
      const length = takeLength(bytes);
      const values: T[] = [];
      for (let i = 0; i < length; i++) values.push(codec.dec(bytes));
      return values;
    }),
  );
}

/** `Vec<u8>`. */
export const bytes: Type<Uint8Array> = {
  codec: createCodec(
    (value) => concat([compact.enc(value.length), value]),
    createDecoder((cursor) => takeBytes(cursor, takeLength(cursor))),
  ),
  shape: { kind: "sequence", of: u8.shape },
};

/** `String`. */
export const text: Type<string> = {
  codec: createCodec(
    (value) => bytes.codec.enc(new TextEncoder().encode(value)),
    createDecoder((cursor) => new TextDecoder().decode(bytes.codec.dec(cursor))),
  ),
  shape: { kind: "primitive", primitive: "str" },
};

/** `[u8; length]`, as hex. */
export function fixedBytes(length: number): Type<Hex> {
  const fixed = hexOfWidth(length);
  return {
    codec: fixedCodec(fixed),
    shape: { kind: "array", length, of: u8.shape },
    fixed,
  };
}

/** `[T; length]`. */
export function array<T>(type: Type<T>, length: number): Type<T[]> {
  return {
    codec: createCodec(
      (values) => {
        if (values.length !== length) throw new Failure("defect", `expected ${length} elements`);
        return concat(values.map((value) => type.codec.enc(value)));
      },
      createDecoder((cursor) => Array.from({ length }, () => type.codec.dec(cursor))),
    ),
    shape: { kind: "array", length, of: type.shape },
  };
}

/** `(A, B, …)`. The empty tuple is `unit`. */
export const tuple = <const D extends readonly AnyType[]>(
  ...types: D
): Type<{ -readonly [Key in keyof D]: TypeOf<D[Key]> }> =>
  tupleOf(types as readonly AnyType[] as readonly Type<unknown>[]) as Type<unknown> as Type<{
    -readonly [Key in keyof D]: TypeOf<D[Key]>;
  }>;

/** A tuple of types that are not known to the compiler. */
export function tupleOf(types: readonly Type<unknown>[]): Type<unknown[]> {
  const fixed = fixedTuple(types);
  return {
    codec: fixed === undefined ? Tuple(...types.map(({ codec }) => codec)) : fixedCodec(fixed),
    shape: { kind: "tuple", of: types.map(({ shape }) => shape) },
    fixed,
  };
}

export const unit: Type<undefined> = {
  codec: createCodec(
    () => new Uint8Array(),
    createDecoder(() => undefined),
  ),
  shape: { kind: "tuple", of: [] },
};

/** `Option<T>`: the value or undefined. */
export function option<T>(type: Type<T>): Type<T | undefined> {
  return {
    codec: Option(type.codec),
    shape: {
      kind: "variant",
      path: ["Option"],
      parameters: [{ name: "T", shape: type.shape }],
      variants: [
        { name: "None", index: 0, fields: [] },
        { name: "Some", index: 1, fields: [{ shape: type.shape }] },
      ],
    },
  };
}
