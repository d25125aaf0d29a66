/** Constants of a pallet: metadata carries their values. */
import type { Shape } from "./shape.ts";
import { encode, type Immutable, type Type } from "./type.ts";

export interface Constant<T> {
  readonly name: string;
  readonly type: Type<T>;
  readonly value: T;
}

export interface AnyConstant {
  readonly name: string;
  readonly shape: Shape;
  encoded(): Uint8Array;
}

/** `constant("SlotDuration", u64, 12_000n)`: its value is read as `.value`. */
export const constant = <T>(
  name: string,
  type: Type<T>,
  value: NoInfer<Immutable<T>>,
): Constant<T> & AnyConstant => ({
  name,
  type,
  value: value as T,
  shape: type.shape,
  encoded: () => encode(type, value),
});
