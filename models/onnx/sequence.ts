/** One text that a model reads: a position, the state behind it, and steps of a chunk each. */
import { Failure } from "../../protocol/failure.ts";
import type { InputRole } from "./decoder-shape.ts";
import { halvesToFloats } from "./half-floats.ts";
import type { Session, StateBytes, StateMemory } from "./session.ts";
import type { ElementType, Tensor } from "./tensor.ts";

export class Sequence {
  readonly #session: Session;
  readonly #memory: StateMemory;
  readonly #capacity: number;
  #position = 0;

  constructor(session: Session, capacity: number) {
    this.#session = session;
    this.#capacity = capacity;
    this.#memory = session.openState(capacity);
  }

  /** Tokens read so far. */
  get position(): number {
    return this.#position;
  }

  get canRewind(): boolean {
    return this.#session.shape.states.every(({ kind }) => kind !== "fixed");
  }

  /**
   * Reads tokens and gives the logits after each of the wanted ones (places within this chunk, ascending), `vocabulary`
   * numbers each. The position moves only when the step succeeded.
   */
  async feed(tokens: Uint32Array, wanted: readonly number[]): Promise<Float32Array[]> {
    const logits = await this.#step(tokens, wanted, wanted.length > 0 ? "logits" : "nothing");
    return logits === undefined ? [] : rowsOf(logits, tokens.length, wanted);
  }

  /** Reads tokens and gives the state of each after the last norm, one after the other. */
  async hidden(tokens: Uint32Array): Promise<Float32Array> {
    const { data } = (await this.#step(tokens, [], "hidden"))!;
    return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  }

  async #step(
    tokens: Uint32Array,
    rows: readonly number[],
    wanted: Parameters<Session["run"]>[2],
  ): Promise<Tensor | undefined> {
    if (this.#position + tokens.length > this.#capacity) {
      throw new Failure("too-large", "the sequence has no room for these tokens", {
        meta: { position: this.#position, tokens: tokens.length, capacity: this.#capacity },
      });
    }
    const { shape } = this.#session;
    const feeds = new Map<string, Tensor>();
    for (const { role, info } of shape.inputs) {
      const { values, dims } = this.#input(role, tokens, rows);
      feeds.set(info.name, { ...integers(info.type, values), dims: info.dims.length === 0 ? [] : dims });
    }
    const given = await this.#session.run(feeds, this.#memory, wanted);
    this.#position += tokens.length;
    return given;
  }

  reset(): void {
    this.#memory.reset();
    this.#position = 0;
  }

  /** Forgets what came after so many tokens. */
  rewind(position: number): void {
    if (position === this.#position) return;
    if (position === 0) {
      this.reset();
      return;
    }
    if (!this.canRewind || position > this.#position)
      throw new Failure("defect", "this state cannot be rewound");
    this.#memory.rewind(position);
    this.#position = position;
  }

  take(): StateBytes[] {
    return this.#memory.take(this.#position);
  }

  put(parts: readonly StateBytes[], position: number): void {
    this.#memory.put(parts);
    this.#position = position;
  }

  close(): void {
    this.#memory.close();
  }

  #input(
    role: InputRole,
    tokens: Uint32Array,
    wanted: readonly number[],
  ): { values: ArrayLike<number>; dims: number[] } {
    const total = this.#position + tokens.length;
    switch (role) {
      case "tokens":
        return { values: tokens, dims: [1, tokens.length] };
      case "mask":
        return { values: new Uint8Array(total).fill(1), dims: [1, total] };
      case "positions":
        return { values: Uint32Array.from(tokens, (_, at) => this.#position + at), dims: [1, tokens.length] };
      case "lengths":
        return { values: [total - 1], dims: [1] };
      case "total":
        return { values: [total], dims: [1] };
      case "rows":
        return { values: wanted, dims: [wanted.length] };
      case "keep":
        return { values: [tokens.length - (wanted[0] ?? tokens.length - 1)], dims: [1] };
    }
  }
}

/** Whole numbers from 0; of 64 bits only the lower half is ever needed, and no big integers are made. */
function integers(type: ElementType, values: ArrayLike<number>): { type: ElementType; data: Uint8Array } {
  const wide = type === "int64";
  const words = new Uint32Array(values.length * (wide ? 2 : 1));
  for (let at = 0; at < values.length; at++) words[wide ? 2 * at : at] = values[at]!;
  return { type, data: new Uint8Array(words.buffer) };
}

/** A graph gives all rows, the last few, or exactly those asked for. */
function rowsOf({ type, dims, data }: Tensor, fed: number, wanted: readonly number[]): Float32Array[] {
  const [, given = 0, vocabulary = 0] = dims;
  const all =
    type === "float16"
      ? halvesToFloats(data)
      : new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  return wanted.map((place, at) => {
    const row = given === wanted.length ? at : place - (fed - given);
    return all.subarray(row * vocabulary, (row + 1) * vocabulary);
  });
}
