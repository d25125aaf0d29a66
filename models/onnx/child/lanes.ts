/**
 * Sequences that answers are made on, so many at a time. A free one keeps what it has read: a prompt that begins with the
 * same whole chunks need not read them again. Only whole chunks, so that an answer has the same bits with and without.
 */
import { Failure } from "../../../protocol/failure.ts";
import { Batch } from "../batch.ts";
import { Sequence } from "../sequence.ts";
import type { Session } from "../session.ts";

export interface Lane {
  readonly sequence: Sequence;
  /** What its sequence takes steps together with. */
  readonly batch: Batch | undefined;
  /** What prefill has read from the beginning, whole chunks only. */
  read: Uint32Array;
  busy: boolean;
  /** State that the answer in progress may come to. */
  reserved: number;
}

export interface LanesOptions {
  session: Session;
  slots: number;
  capacity: number;
  chunkTokens: number;
  stateBytes: number;
  /** Answers that take a step together, 1 where each takes its own. */
  together: number;
  /** Bytes of weights that a step reads. */
  weightBytes: number;
}

export class Lanes {
  readonly #options: LanesOptions;
  readonly #lanes: Lane[] = [];

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /** A free lane that holds as much of the prompt as possible; the sequence stands behind it. Throws `overloaded`. */
  take(prompt: Uint32Array, reserved: number, options: { reuse: boolean }): Lane {
    const { slots, stateBytes } = this.#options;
    const inUse = this.#lanes.reduce((sum, lane) => sum + (lane.busy ? lane.reserved : 0), 0);
    const free = this.#lanes.filter(({ busy }) => !busy);
    if (inUse + reserved > stateBytes)
      throw full("the memory for states is taken", { inUse, reserved, stateBytes });
    if (free.length === 0 && this.#lanes.length >= slots) throw full("every slot is taken", { slots });
    const ranked = free.map((lane) => ({ lane, shared: options.reuse ? this.#shared(lane, prompt) : 0 }));
    ranked.sort((a, b) => b.shared - a.shared || a.lane.read.length - b.lane.read.length);
    let [{ lane, shared } = { lane: undefined, shared: 0 }] = ranked;
    const spare = this.#lanes.length < slots && shared === 0 && (lane === undefined || lane.read.length > 0);
    if (lane === undefined || spare) lane = this.#open();
    lane.sequence.rewind(shared);
    lane.read = lane.read.subarray(0, shared);
    Object.assign(lane, { busy: true, reserved });
    return lane;
  }

  /** So much of the prompt has been read from the beginning. Whole chunks of it can be used again. */
  note(lane: Lane, prompt: Uint32Array, read: number): void {
    if (lane.sequence.canRewind) lane.read = prompt.subarray(0, read - (read % this.#options.chunkTokens));
  }

  free(lane: Lane): void {
    // A copy: the prompt is not kept for the sake of its beginning.
    lane.read = lane.read.slice();
    // Steps of its neighbours may have to take it along, which costs less the less it holds.
    if (lane.batch !== undefined) lane.sequence.rewind(lane.read.length);
    lane.busy = false;
    lane.reserved = 0;
  }

  /** The first of new lanes: as many as take steps together, and no more than there are slots. */
  #open(): Lane {
    const { session, capacity, slots, together, weightBytes } = this.#options;
    const rows = Math.min(together, slots - this.#lanes.length);
    const batch = rows > 1 ? new Batch(session, { capacity, rows, weightBytes }) : undefined;
    const sequences = batch?.sequences ?? [new Sequence(session, capacity)];
    const lanes = sequences.map((sequence) => ({ sequence, batch, read: NOTHING, busy: false, reserved: 0 }));
    this.#lanes.push(...lanes);
    return lanes[0]!;
  }

  /** Tokens in whole chunks that both begin with; at least one of the prompt is left to be read. */
  #shared({ read, sequence }: Lane, prompt: Uint32Array): number {
    if (!sequence.canRewind) return 0;
    const most = Math.min(read.length, prompt.length - 1, sequence.position);
    let same = 0;
    while (same < most && read[same] === prompt[same]) same++;
    return same - (same % this.#options.chunkTokens);
  }
}

const NOTHING = new Uint32Array();

const full = (message: string, meta: Record<string, number>): Failure =>
  new Failure("overloaded", `${message}: the model works at its limit`, {
    meta,
    hint: "Ask again when an answer has ended, or ask through the scheduler, which waits.",
  });
