/** States of several sequences in one buffer each, one after the other: any neighbours are a state for a step together. */
import type { DecoderShape, State } from "../decoder-shape.ts";
import type { StateRows } from "../session.ts";
import { stateSize } from "../state-layout.ts";
import type { BlockOptions } from "./blocks.ts";
import { CState } from "./state.ts";
import type { Values } from "./values.ts";

export class CRows implements StateRows {
  readonly rows: readonly CState[];
  readonly #values: Values;
  readonly #shape: DecoderShape;
  readonly #capacity: number;
  readonly #buffers: readonly Uint8Array[];
  readonly #blocks: BlockOptions | undefined;
  /** By both ends; handles over memory that never moves. */
  readonly #spans = new Map<string, CState>();

  constructor(
    values: Values,
    shape: DecoderShape,
    { capacity, rows, blocks }: { capacity: number; rows: number; blocks: BlockOptions | undefined },
  ) {
    this.#values = values;
    this.#shape = shape;
    this.#capacity = capacity;
    this.#blocks = blocks;
    // The system gives memory to what is written to, a page at a time: room that nobody uses costs nothing.
    this.#buffers = shape.states.map((state) => new Uint8Array(rows * stateSize(state, capacity)));
    this.rows = Array.from({ length: rows }, (_, row) => this.between(row, row + 1));
  }

  get aloneFrom(): number {
    return this.#blocks?.from ?? Number.POSITIVE_INFINITY;
  }

  between(from: number, to: number): CState {
    const key = `${from}-${to}`;
    const known = this.#spans.get(key);
    if (known !== undefined) return known;
    const states = this.#shape.states.map((state) => widened(state, to - from));
    const memory = this.#shape.states.map((state, at) => {
      const size = stateSize(state, this.#capacity);
      return this.#buffers[at]!.subarray(from * size, to * size);
    });
    const blocks = to - from === 1 ? this.#blocks : undefined;
    const span = new CState(this.#values, { ...this.#shape, states }, this.#capacity, { memory, blocks });
    this.#spans.set(key, span);
    return span;
  }

  close(): void {
    for (const span of this.#spans.values()) span.close();
    this.#spans.clear();
  }
}

const widened = (state: State, rows: number): State => ({
  ...state,
  dims: state.dims.map((dim, axis) => (axis === 0 ? rows : dim)),
});
