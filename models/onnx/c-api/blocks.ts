/**
 * A cache shown in blocks: values over the first tokens of each head of each state, where they lie. Graphs of this project take
 * a step deep in a context so, see models/onnx-graph/attention.ts.
 */
import type { DecoderShape } from "../decoder-shape.ts";
import { stateSize } from "../state-layout.ts";
import type { TensorInfo } from "../tensor.ts";
import type { Handle } from "./table.ts";
import type { Values } from "./values.ts";

/** How a graph takes blocks. */
export interface BlockInputs {
  /** For every head of every state, in order. */
  readonly names: readonly string[];
  /** Tokens of a block. */
  readonly tokens: number;
}

/** From the inputs that may be left out; undefined where the graph takes no blocks. */
export function blockInputs(
  { states, together }: DecoderShape,
  optional: readonly TensorInfo[],
): BlockInputs | undefined {
  const known = new Map(optional.map((info) => [info.name, info]));
  const names = states.flatMap(({ past, dims }) =>
    Array.from({ length: dims[1] ?? 0 }, (_, head) => `${past}.blocks.${head}`),
  );
  const tokens = known.get(names[0] ?? "")?.dims[2];
  const all = together && names.every((name) => known.has(name));
  return all && typeof tokens === "number" ? { names, tokens } : undefined;
}

export interface BlockOptions extends BlockInputs {
  /** Tokens read before from which on a step reads blocks. */
  readonly from: number;
}

/** Over the states of one sequence, a buffer for each. */
export class Blocks {
  readonly #values: Values;
  readonly #shape: DecoderShape;
  readonly #capacity: number;
  readonly #options: BlockOptions;
  #count = 0;
  #shown: Handle<"value">[] = [];

  constructor(values: Values, shape: DecoderShape, capacity: number, options: BlockOptions) {
    this.#values = values;
    this.#shape = shape;
    this.#capacity = capacity;
    this.#options = options;
  }

  /** All whole blocks of so many tokens; none where there are too few. They lie still: only another number makes new values. */
  before(position: number, buffers: readonly Uint8Array[]): readonly Handle<"value">[] {
    const { from, tokens } = this.#options;
    const count = position < from ? 0 : Math.floor(position / tokens);
    if (count === this.#count) return this.#shown;
    this.close();
    this.#count = count;
    if (count > 0) this.#shown = this.#over(count, buffers);
    return this.#shown;
  }

  close(): void {
    for (const value of this.#shown) this.#values.release(value);
    this.#shown = [];
    this.#count = 0;
  }

  #over(count: number, buffers: readonly Uint8Array[]): Handle<"value">[] {
    const { tokens } = this.#options;
    return this.#shape.states.flatMap((state, at) => {
      const [, heads = 0, , size = 0] = state.dims;
      const apart = stateSize(state, this.#capacity) / heads;
      const length = stateSize(state, count * tokens) / heads;
      return Array.from({ length: heads }, (_, head) => {
        const data = buffers[at]!.subarray(head * apart, head * apart + length);
        return this.#values.over({ type: state.type, dims: [count, 1, tokens, size], data });
      });
    });
  }
}
