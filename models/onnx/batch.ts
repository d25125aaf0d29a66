/** Sequences side by side: each reads its prompt by itself, and several take a step of one token each together. */
import { Failure } from "../../protocol/failure.ts";
import { floatsOf } from "./floats.ts";
import { Sequence } from "./sequence.ts";
import type { Session, StateRows } from "./session.ts";
import { stepFeeds } from "./step-feeds.ts";

export interface BatchOptions {
  /** Tokens of each sequence. */
  capacity: number;
  rows: number;
  /** Bytes that one step reads whatever its rows: what a second step would cost. */
  weightBytes: number;
}

/** What an idle row computes for nothing; its state comes on top. Measured with SmolLM2: 1.3 of 9 ms. */
const ROW_SHARE = 1 / 8;
const IDLE_TOKEN = 0;

export class Batch {
  readonly sequences: readonly Sequence[];
  readonly #session: Session;
  readonly #rows: StateRows;
  readonly #options: BatchOptions;

  /** Only for sessions that open rows. */
  constructor(session: Session, options: BatchOptions) {
    if (session.openRows === undefined)
      throw new Failure("defect", "sequences of this graph take no steps together");
    const { capacity, rows } = options;
    this.#session = session;
    this.#options = options;
    this.#rows = session.openRows(capacity, rows);
    this.sequences = this.#rows.rows.map((memory) => new Sequence(session, capacity, memory));
  }

  /**
   * One more token for each of these; gives the logits after it. All have read something before. An idle neighbour that comes
   * along writes where its own next token will stand, which is what nobody reads.
   */
  async step(tokens: ReadonlyMap<Sequence, number>): Promise<Map<Sequence, Float32Array>> {
    const taking = this.sequences.flatMap((sequence, row) => (tokens.has(sequence) ? [row] : []));
    const { capacity, weightBytes } = this.#options;
    if (taking.some((row) => this.sequences[row]!.position >= capacity))
      throw new Failure("too-large", "a sequence has no room for a token", { meta: { capacity } });
    const logits = new Map<Sequence, Float32Array>();
    const shallow = taking.filter((row) => !this.#isDeep(row));
    const deep = taking.filter((row) => this.#isDeep(row)).map((row): [number, number] => [row, row + 1]);
    for (const [from, to] of [...spansOf(shallow, (row) => this.#idleCost(row), weightBytes), ...deep]) {
      const together = this.sequences.slice(from, to);
      const rows = together.map((sequence) => ({
        position: sequence.position,
        tokens: [tokens.get(sequence) ?? IDLE_TOKEN],
      }));
      const feeds = stepFeeds(this.#session.shape, rows, [0]);
      const given = await this.#session.run(feeds, this.#rows.between(from, to), "logits");
      const all = floatsOf(given!);
      const { vocabulary } = this.#session.shape;
      for (const [row, sequence] of together.entries()) {
        if (!tokens.has(sequence)) continue;
        sequence.advance(1);
        logits.set(sequence, all.subarray(row * vocabulary, (row + 1) * vocabulary));
      }
    }
    return logits;
  }

  close(): void {
    this.#rows.close();
  }

  #isDeep(row: number): boolean {
    return this.sequences[row]!.position >= this.#rows.aloneFrom;
  }

  /** A full one has no place to write to, a deep one has a step of its own. */
  #idleCost(row: number): number {
    const { position } = this.sequences[row]!;
    const { capacity, weightBytes } = this.#options;
    if (position >= capacity || this.#isDeep(row)) return Number.POSITIVE_INFINITY;
    return position * this.#session.shape.memory.bytesPerToken + weightBytes * ROW_SHARE;
  }
}

/**
 * Rows that take a step, ascending, as runs of neighbours. Idle rows between two of them come along where that costs less
 * than another step.
 */
export function spansOf(
  taking: readonly number[],
  idleCost: (row: number) => number,
  stepCost: number,
): [from: number, to: number][] {
  const spans: [number, number][] = [];
  for (const row of taking) {
    const last = spans.at(-1);
    let cost = 0;
    for (let idle = last?.[1] ?? row; idle < row; idle++) cost += idleCost(idle);
    if (last !== undefined && (last[1] === row || cost < stepCost)) last[1] = row + 1;
    else spans.push([row, row + 1]);
  }
  return spans;
}
