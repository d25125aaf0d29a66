/**
 * Sequences that answers are made on, so many at a time. What prefill has read stays where it is when its answer has ended,
 * and is taken out when another answer needs the place, for as long as there is memory that no answer wants. A prompt with
 * the same beginning goes on from it, also while the other one is still read or answered, with the bits it would have alone.
 */
import { Failure } from "../../../protocol/failure.ts";
import { Batch } from "../batch.ts";
import { Sequence } from "../sequence.ts";
import type { Session } from "../session.ts";
import { Kept } from "./kept.ts";
import { type Borders, commonTokens, keepable, type Reading, reusable } from "./reading.ts";

export interface Lane extends Reading {
  readonly sequence: Sequence;
  /** What its sequence takes steps together with. */
  readonly batch: Batch | undefined;
  busy: boolean;
  /** State that the answer in progress may come to. */
  reserved: number;
  /** Most that it ever held: the system has given it this memory, whatever is in it. */
  touched: number;
}

export interface LanesOptions extends Borders {
  session: Session;
  slots: number;
  capacity: number;
  /** Of answers in progress and, as far as they leave some, of what is kept. */
  stateBytes: number;
  /** Answers that take a step together, 1 where each takes its own. */
  together: number;
  /** Bytes of weights that a step reads. */
  weightBytes: number;
}

/** A reading that a prompt begins with, and how far it can be used. */
interface Found {
  readonly reading: Lane | Kept;
  readonly tokens: number;
}

/** More than this are no prompts that come again. */
const MOST_KEPT = 256;

export class Lanes {
  readonly #options: LanesOptions;
  readonly #canRewind: boolean;
  readonly #lanes: Lane[] = [];
  #kept: Kept[] = [];
  #uses = 0;

  constructor(options: LanesOptions) {
    this.#options = options;
    this.#canRewind = options.session.shape.states.every(({ kind }) => kind !== "fixed");
  }

  /** Tokens of the prompt that need not be read. */
  known(prompt: Uint32Array, space: string | undefined): number {
    return this.#find(prompt, space)?.tokens ?? 0;
  }

  /**
   * A free lane, its sequence behind as much of the prompt as was read before in the same space. What is kept never keeps an
   * answer from beginning. Throws `overloaded`.
   */
  take(prompt: Uint32Array, { reserved, space }: { reserved: number; space: string | undefined }): Lane {
    const { slots, stateBytes } = this.#options;
    const inUse = this.#inUse();
    if (inUse + reserved > stateBytes)
      throw full("the memory for states is taken", { inUse, reserved, stateBytes });
    const found = this.#find(prompt, space);
    const lane = this.#place(found);
    if (lane === undefined) throw full("every slot is taken", { slots });
    const inPlace = lane === found?.reading;
    lane.reserved = reserved;
    const kept = inPlace ? this.#isNearlyAll(found) : lane.tokens.length === 0;
    if (!kept && this.#makeRoom({ takingOut: lane, spared: found?.reading })) this.#kept.push(new Kept(lane));
    lane.sequence.rewind(inPlace ? found.tokens : 0);
    Object.assign(lane, { space, tokens: NOTHING });
    if (found !== undefined && !inPlace) this.#goOnFrom(found, lane);
    this.#makeRoom();
    Object.assign(lane, { busy: true, tokens: prompt.subarray(0, found?.tokens ?? 0) });
    return lane;
  }

  /** Goes on from what another prompt has read meanwhile, where that is more; gives the tokens that need not be read. */
  catchUp(lane: Lane, prompt: Uint32Array): number {
    const before = lane.sequence.position;
    const found = this.#find(prompt, lane.space, lane);
    if (found === undefined || found.tokens <= before) return 0;
    this.#goOnFrom(found, lane);
    lane.tokens = prompt.subarray(0, found.tokens);
    return found.tokens - before;
  }

  /** The sequence has read so much of the prompt from the beginning: others may go on from it. */
  note(lane: Lane, prompt: Uint32Array): void {
    if (this.#canRewind && lane.space !== undefined)
      lane.tokens = prompt.subarray(0, keepable(lane.sequence.position, this.#options));
  }

  free(lane: Lane): void {
    const again = this.#readings().some((other) => other !== lane && beginsWith(other, lane));
    const touched = Math.max(lane.touched, this.#bytes(lane.sequence.position));
    // A copy: the prompt is not kept for the sake of its beginning.
    lane.tokens = again ? NOTHING : lane.tokens.slice();
    // Steps of its neighbours may have to take it along, which costs less the less it holds.
    lane.sequence.rewind(lane.tokens.length);
    Object.assign(lane, { busy: false, reserved: 0, touched, usedAt: ++this.#uses });
  }

  #readings(): (Lane | Kept)[] {
    return [...this.#lanes, ...this.#kept];
  }

  #inUse(): number {
    return this.#lanes.reduce((sum, lane) => sum + (lane.busy ? lane.reserved : 0), 0);
  }

  #bytes(tokens: number): number {
    return tokens * this.#options.session.shape.memory.bytesPerToken;
  }

  /** The longest; of equal ones that which need not be copied. */
  #find(prompt: Uint32Array, space: string | undefined, except?: Lane): Found | undefined {
    if (space === undefined || !this.#canRewind) return undefined;
    let best: (Found & { rank: number }) | undefined;
    for (const reading of this.#readings()) {
      if (reading.space !== space || reading === except) continue;
      const tokens = reusable(commonTokens(reading.tokens, prompt), prompt.length, this.#options);
      const inPlace = "sequence" in reading && !reading.busy && this.#isNearlyAll({ reading, tokens });
      const rank = tokens + (inPlace ? 0.5 : 0);
      if (tokens > 0 && rank > (best?.rank ?? 0)) best = { reading, tokens, rank };
    }
    return best;
  }

  /** What would be lost of it is less to read than a copy of it is worth. */
  #isNearlyAll({ reading, tokens }: Found): boolean {
    return reading.tokens.length - tokens <= this.#options.chunkTokens;
  }

  /** Where nothing is lost, else an empty one, else the one that was used least lately. */
  #place(found: Found | undefined): Lane | undefined {
    const free = this.#lanes.filter(({ busy }) => !busy);
    const lossless = free.find((lane) => lane === found?.reading && this.#isNearlyAll(found));
    const empty = lossless ?? free.find(({ tokens }) => tokens.length === 0);
    if (empty !== undefined) return empty;
    if (this.#lanes.length < this.#options.slots) return this.#open();
    return free.toSorted((a, b) => a.usedAt - b.usedAt)[0];
  }

  #goOnFrom({ reading, tokens }: Found, lane: Lane): void {
    reading.usedAt = ++this.#uses;
    if ("sequence" in reading) {
      lane.sequence.copy(reading.sequence, tokens);
      return;
    }
    reading.putInto(lane.sequence, tokens);
    // It is in the lane now, and stays there.
    if (this.#isNearlyAll({ reading, tokens })) this.#drop(reading);
  }

  /**
   * What was taken out goes, the least recently used first, until all fits into the memory. False where what is about to be
   * taken out would have to go, too.
   */
  #makeRoom({ takingOut, spared }: { takingOut?: Lane; spared?: Reading | undefined } = {}): boolean {
    const all = takingOut === undefined ? this.#kept : [...this.#kept, takingOut];
    const inLanes = this.#lanes.reduce((sum, { reserved, touched }) => sum + Math.max(reserved, touched), 0);
    let bytes = all.reduce((sum, { tokens }) => sum + this.#bytes(tokens.length), inLanes);
    let count = all.length;
    for (const each of all.toSorted((a, b) => a.usedAt - b.usedAt)) {
      if (bytes <= this.#options.stateBytes && count <= MOST_KEPT) break;
      if (each === takingOut) return false;
      if (each === spared) continue;
      bytes -= this.#bytes(each.tokens.length);
      count--;
      this.#drop(each as Kept);
    }
    return true;
  }

  #drop(kept: Kept): void {
    this.#kept = this.#kept.filter((each) => each !== kept);
    kept.close();
  }

  /** The first of new lanes: as many as take steps together, and no more than there are slots. */
  #open(): Lane {
    const { session, capacity, slots, together, weightBytes } = this.#options;
    const rows = Math.min(together, slots - this.#lanes.length);
    const batch = rows > 1 ? new Batch(session, { capacity, rows, weightBytes }) : undefined;
    const sequences = batch?.sequences ?? [new Sequence(session, capacity)];
    const empty = { space: undefined, tokens: NOTHING, usedAt: 0, busy: false, reserved: 0, touched: 0 };
    const lanes = sequences.map((sequence): Lane => ({ sequence, batch, ...empty }));
    this.#lanes.push(...lanes);
    return lanes[0]!;
  }
}

const NOTHING = new Uint32Array();

const beginsWith = (one: Reading, other: Reading): boolean =>
  one.space === other.space && commonTokens(one.tokens, other.tokens) === other.tokens.length;

const full = (message: string, meta: Record<string, number>): Failure =>
  new Failure("overloaded", `${message}: the model works at its limit`, {
    meta,
    hint: "Ask again when an answer has ended, or ask through the scheduler, which waits.",
  });
