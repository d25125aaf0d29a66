/** Copies the first tokens of a state in or out of a buffer of full length, whatever axis they lie on. */
import type { State } from "./decoder-shape.ts";
import { elementBytes, elements } from "./tensor.ts";

/** Bytes of `length` tokens. */
export const stateSize = ({ dims, axis, type }: State, length: number): number =>
  elements(dims.map((dim, at) => (at === axis ? length : dim))) * elementBytes(type);

/** Copies tokens, from `start` on, from a state that has room for `from.length` to the same place in one of `to.length`. */
export function copyTokens(
  state: State,
  from: { data: Uint8Array; length: number },
  to: { data: Uint8Array; length: number },
  tokens: number,
  start = 0,
): void {
  if (state.axis === -1) {
    to.data.set(from.data);
    return;
  }
  const { dims, axis, type } = state;
  const rows = elements(dims.slice(0, axis));
  const unit = elements(dims.slice(axis + 1)) * elementBytes(type);
  for (let row = 0; row < rows; row++) {
    const at = (row * from.length + start) * unit;
    to.data.set(from.data.subarray(at, at + (tokens - start) * unit), (row * to.length + start) * unit);
  }
}
