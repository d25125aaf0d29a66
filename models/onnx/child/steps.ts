/**
 * Whose turn it is. Turns alternate: all answers that wait for their next token take a step, together where they can, then
 * one prompt reads a chunk, whoever has waited longest. So an answer waits for one chunk at most, however many prompts are
 * read, and joins or leaves the others between any two steps.
 */
import type { Clock } from "../../../runtime/ports/clock.ts";
import type { Batch } from "../batch.ts";
import type { Lane } from "./lanes.ts";

interface Waiting<T> {
  readonly signal: AbortSignal;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

interface Answer extends Waiting<Float32Array> {
  readonly lane: Lane;
  readonly token: number;
}

export class Steps {
  readonly #clock: Clock;
  #answers: Answer[] = [];
  #prompts: Waiting<void>[] = [];
  #going = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One more token for an answer; gives the logits after it. Throws the signal's reason when it is given up before. */
  next(lane: Lane, token: number, signal: AbortSignal): Promise<Float32Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Float32Array>();
    this.#answers.push({ lane, token, signal, resolve, reject });
    this.#go();
    return promise;
  }

  /** Until a prompt may read a chunk, which it does at once. Throws the signal's reason when it is given up before. */
  turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#prompts.push({ signal, resolve, reject });
    this.#go();
    return promise;
  }

  #go(): void {
    if (!this.#going) void this.#takeTurns();
  }

  async #takeTurns(): Promise<void> {
    this.#going = true;
    while (this.#answers.length + this.#prompts.length > 0) {
      // Before each step messages come in, and what the one before it gave goes out.
      await this.#clock.sleep(0);
      const answers = this.#answers;
      this.#answers = [];
      for (const together of Map.groupBy(answers, ({ lane }) => lane.batch ?? lane).values()) {
        await step(together.filter(isWanted));
        await this.#clock.sleep(0);
      }
      this.#prompts = this.#prompts.filter(isWanted);
      this.#prompts.shift()?.resolve();
    }
    this.#going = false;
  }
}

/** Messages came in before: what was given up takes no step. */
function isWanted<T>({ signal, reject }: Waiting<T>): boolean {
  if (signal.aborted) reject(signal.reason);
  return !signal.aborted;
}

/** Of answers on one batch, or of one answer. */
async function step(answers: readonly Answer[]): Promise<void> {
  try {
    const logits = await logitsAfter(answers);
    for (const { lane, resolve } of answers) resolve(logits.get(lane.sequence)!);
  } catch (thrown) {
    for (const { reject } of answers) reject(thrown);
  }
}

async function logitsAfter(answers: readonly Answer[]): Promise<Map<Lane["sequence"], Float32Array>> {
  const batch: Batch | undefined = answers[0]?.lane.batch;
  if (batch !== undefined)
    return await batch.step(new Map(answers.map(({ lane, token }) => [lane.sequence, token])));
  const logits = new Map<Lane["sequence"], Float32Array>();
  for (const { lane, token } of answers) {
    logits.set(lane.sequence, (await lane.sequence.feed(Uint32Array.of(token), [0]))[0]!);
  }
  return logits;
}
