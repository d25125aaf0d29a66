/** A described type: how values become bytes, and what metadata says of it. */
import type { Codec } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../../protocol/failure.ts";
import { decodeAll } from "../../scale/decode.ts";
import { type FixedWidth, readFixed } from "./fixed-codec.ts";
import type { Shape } from "./shape.ts";

export interface Type<T> {
  readonly codec: Codec<T>;
  readonly shape: Shape;
  readonly fixed?: FixedWidth<T> | undefined;
}

/** A type of whatever values, where only their types are inferred. */
export interface AnyType {
  readonly codec: unknown;
  readonly shape: Shape;
}

/** The values of a type. */
export type TypeOf<D> = D extends Type<infer T> ? T : never;

/** The bytes of a value. Fails with `defect` when the value is none of that type: the devnet made it. */
export function encode<T>({ codec }: Type<T>, value: NoInfer<Immutable<T>>): Uint8Array {
  try {
    return codec.enc(value as T);
  } catch (error) {
    throw error instanceof Failure
      ? error
      : new Failure("defect", "a value has no such type", { cause: error });
  }
}

/** The value in the bytes, all of them. Fails with `malformed`. */
export const decode = <T>({ codec, fixed }: Type<T>, bytes: Uint8Array): T =>
  fixed !== undefined && fixed.size === bytes.length ? readFixed(fixed, bytes) : decodeAll(codec, bytes);

/** A value that is shared and must not be changed in place. */
export type Immutable<T> = unknown extends T
  ? T
  : T extends string | number | bigint | boolean | undefined | null | Uint8Array
    ? T
    : T extends readonly (infer Element)[]
      ? number extends T["length"]
        ? readonly Immutable<Element>[]
        : { readonly [Key in keyof T]: Immutable<T[Key]> }
      : { readonly [Key in keyof T]: Immutable<T[Key]> };
