/**
 * A sequence's state as OrtValues. Shared ones are one value that is both input and output, so that the graph updates it in
 * place; fixed ones are a pair that changes sides; growing ones are whatever the last step gave, never copied.
 */
import { Failure } from "../../../protocol/failure.ts";
import type { DecoderShape, State } from "../decoder-shape.ts";
import type { StateBytes, StateMemory } from "../session.ts";
import { copyTokens, stateSize } from "../state-layout.ts";
import { type BlockOptions, Blocks } from "./blocks.ts";
import type { Handle } from "./table.ts";
import type { Values } from "./values.ts";

interface Held {
  readonly state: State;
  past: Handle<"value">;
  /** Null: the step allocates it. */
  present: Handle<"value"> | null;
  /** Our memory behind the values; empty for growing ones. */
  buffers: Uint8Array[];
  /** Tokens that `past` has room for. */
  room: number;
}

export class CState implements StateMemory {
  readonly #values: Values;
  readonly #capacity: number;
  readonly #held: Held[];
  readonly #blocks: Blocks | undefined;

  /**
   * `memory` is what shared states lie over; without it they have buffers of their own. Blocks are for one sequence whose states
   * are all shared.
   */
  constructor(
    values: Values,
    shape: DecoderShape,
    capacity: number,
    { memory, blocks }: { memory?: readonly Uint8Array[]; blocks?: BlockOptions | undefined },
  ) {
    this.#values = values;
    this.#capacity = capacity;
    this.#blocks = blocks && new Blocks(values, shape, capacity, blocks);
    this.#held = shape.states.map((state, at) => this.#fresh(state, memory?.[at]));
  }

  get pasts(): Handle<"value">[] {
    return this.#held.map(({ past }) => past);
  }

  get presents(): (Handle<"value"> | null)[] {
    return this.#held.map(({ present }) => present);
  }

  /** What a step of one token at this position reads in blocks. */
  blocksBefore(position: number): readonly Handle<"value">[] {
    const buffers = this.#held.map(({ buffers }) => buffers[0]!);
    return this.#blocks?.before(position, buffers) ?? [];
  }

  /** After a step: what was output is the input of the next one. */
  advance(presents: readonly Handle<"value">[]): void {
    for (const [at, held] of this.#held.entries()) {
      if (held.state.kind === "shared") continue;
      const given = presents[at]!;
      if (held.state.kind === "fixed") {
        held.present = held.past;
        held.buffers.reverse();
      } else {
        this.#values.release(held.past);
        held.room = this.#values.dims(given)[held.state.axis]!;
      }
      held.past = given;
    }
  }

  take(tokens: number): StateBytes[] {
    return this.#held.map((held) => {
      const { state, room } = held;
      const length = state.axis === -1 ? 0 : Math.min(tokens, room);
      const data = new Uint8Array(stateSize(state, length));
      copyTokens(state, { data: this.#bytes(held), length: room }, { data, length }, length);
      return { state, length, data };
    });
  }

  put(parts: readonly StateBytes[]): void {
    for (const [at, { length, data }] of parts.entries()) {
      const held = this.#held[at]!;
      if (held.state.kind === "growing") {
        this.#values.release(held.past);
        const bytes = new Uint8Array(data);
        Object.assign(held, { buffers: [bytes], room: length, past: this.#over(held.state, length, bytes) });
      } else {
        copyTokens(held.state, { data, length }, { data: this.#bytes(held), length: held.room }, length);
      }
    }
  }

  copy(from: StateMemory, tokens: number, same: number): void {
    if (!(from instanceof CState)) throw new Failure("defect", "a state of another session");
    if (this.#held.some(({ state }) => state.kind !== "shared")) {
      this.put(from.take(tokens));
      return;
    }
    for (const [at, { state, room, buffers }] of this.#held.entries()) {
      const source = { data: from.#held[at]!.buffers[0]!, length: from.#held[at]!.room };
      copyTokens(state, source, { data: buffers[0]!, length: room }, tokens, same);
    }
  }

  reset(): void {
    for (const [at, held] of this.#held.entries()) {
      if (held.state.kind === "shared") continue;
      if (held.state.kind === "fixed") held.buffers[0]!.fill(0);
      else {
        this.#values.release(held.past);
        this.#held[at] = this.#fresh(held.state);
      }
    }
  }

  rewind(tokens: number): void {
    const growing = this.#held.filter(({ state }) => state.kind === "growing");
    if (growing.length > 0) this.put(this.take(tokens));
  }

  close(): void {
    this.#blocks?.close();
    for (const { past, present, state } of this.#held) {
      this.#values.release(past);
      if (present !== null && state.kind !== "shared") this.#values.release(present);
    }
    this.#held.length = 0;
  }

  #fresh(state: State, memory?: Uint8Array): Held {
    const room = state.kind === "shared" ? this.#capacity : 0;
    const size = stateSize(state, room);
    const buffers = [memory ?? new Uint8Array(size)];
    const past = this.#over(state, room, buffers[0]!);
    if (state.kind === "growing") return { state, past, present: null, buffers, room };
    if (state.kind === "shared") return { state, past, present: past, buffers, room };
    buffers.push(new Uint8Array(size));
    return { state, past, present: this.#over(state, room, buffers[1]!), buffers, room };
  }

  #over(state: State, length: number, data: Uint8Array): Handle<"value"> {
    const dims = state.dims.map((dim, at) => (at === state.axis ? length : dim));
    return this.#values.over({ type: state.type, dims, data });
  }

  #bytes(held: Held): Uint8Array {
    return held.state.kind === "growing" ? this.#values.bytes(held.past) : held.buffers[0]!;
  }
}
