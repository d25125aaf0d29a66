/** A described type: how values become bytes, and what metadata says of it. */
import { Bytes, type Codec, Tuple } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../../protocol/failure.ts";
import type { Shape } from "./shape.ts";

/** Width and access of a type whose values always take the same bytes: vectors of these are coded in one go. */
export interface FixedWidth<T> {
  readonly size: number;
  write(view: DataView, at: number, value: T): void;
  read(view: DataView, at: number): T;
}

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
export function encode<T>({ codec }: Type<T>, value: Immutable<T>): Uint8Array {
  try {
    return codec.enc(value as T);
  } catch (error) {
    throw error instanceof Failure
      ? error
      : new Failure("defect", "a value has no such type", { cause: error });
  }
}

/** The value in the bytes, all of them. Fails with `malformed`. */
export function decode<T>(type: Type<T>, bytes: Uint8Array): T {
  const { value, rest } = decodeFront(type, bytes);
  if (rest.length === 0) return value;
  throw new Failure("malformed", "bytes are left over", { meta: { left: rest.length } });
}

/** The value that the bytes begin with, and what follows it. */
export function decodeFront<T>(type: Type<T>, bytes: Uint8Array): { value: T; rest: Uint8Array } {
  // The library reads the whole buffer below a view, so a view gets a buffer of its own.
  const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
  try {
    const [value, rest] = Tuple(type.codec, Bytes(Number.POSITIVE_INFINITY)).dec(own);
    return { value, rest };
  } catch (error) {
    throw error instanceof Failure
      ? error
      : new Failure("malformed", "the bytes are no value of that type", {
          meta: { bytes: bytes.length },
          cause: error,
        });
  }
}

/** A value that is shared and must not be changed in place. */
export type Immutable<T> = T extends string | number | bigint | boolean | undefined | null | Uint8Array
  ? T
  : T extends readonly (infer Element)[]
    ? number extends T["length"]
      ? readonly Immutable<Element>[]
      : { readonly [Key in keyof T]: Immutable<T[Key]> }
    : { readonly [Key in keyof T]: Immutable<T[Key]> };
