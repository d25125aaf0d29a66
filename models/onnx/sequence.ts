/** One text that a model reads: a position, the state behind it, and steps of a chunk each. */
import { Failure } from "../../protocol/failure.ts";
import { floatsOf } from "./floats.ts";
import type { Session, StateBytes, StateMemory } from "./session.ts";
import { stepFeeds } from "./step-feeds.ts";
import type { Tensor } from "./tensor.ts";

export class Sequence {
  readonly #session: Session;
  readonly #memory: StateMemory;
  readonly #capacity: number;
  #position = 0;

  constructor(session: Session, capacity: number, memory: StateMemory = session.openState(capacity)) {
    this.#session = session;
    this.#capacity = capacity;
    this.#memory = memory;
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
    const feeds = stepFeeds(this.#session.shape, [{ position: this.#position, tokens }], rows);
    const given = await this.#session.run(feeds, this.#memory, wanted);
    this.advance(tokens.length);
    return given;
  }

  /** A step that it took together with others has read so many tokens for it. */
  advance(tokens: number): void {
    this.#position += tokens;
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

  /** The state after so many tokens; all that were read unless fewer are asked for. */
  take(tokens = this.#position): StateBytes[] {
    return this.#memory.take(tokens);
  }

  /** As another one is after so many tokens, which begin with all that this one has read. */
  copy(from: Sequence, tokens: number): void {
    this.#memory.copy(from.#memory, tokens, this.#position);
    this.#position = tokens;
  }

  put(parts: readonly StateBytes[], position: number): void {
    this.#memory.put(parts);
    this.#position = position;
  }

  close(): void {
    this.#memory.close();
  }
}

/** A graph gives all rows, the last few, or exactly those asked for. */
function rowsOf(logits: Tensor, fed: number, wanted: readonly number[]): Float32Array[] {
  const [, given = 0, vocabulary = 0] = logits.dims;
  const all = floatsOf(logits);
  return wanted.map((place, at) => {
    const row = given === wanted.length ? at : place - (fed - given);
    return all.subarray(row * vocabulary, (row + 1) * vocabulary);
  });
}
