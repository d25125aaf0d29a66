/** The work queues of a memory network: stored until acknowledged, redelivered, given up into dead letters. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { MemoryDeadLetters } from "./memory-dead-letters.ts";
import { MemoryQueue, type StoredJob, type Taker } from "./memory-queue.ts";

/** How long an id is remembered, in milliseconds. */
const DUPLICATE_WINDOW_MS = 120_000;
const MAX_JOBS = 1_000_000;
const MAX_BYTES = 1024 ** 3;
const ID = /^[\x21-\x7e]{1,256}$/;

interface Flight {
  readonly job: StoredJob;
  readonly taker: Taker;
  expiresAt: number;
  timer: Timer;
}

export class MemoryJobs {
  readonly #clock: Clock;
  readonly #dead: MemoryDeadLetters;
  readonly #queues = new Map<string, MemoryQueue>();
  readonly #flights = new Map<number, Flight>();
  readonly #delayed = new Map<StoredJob, Timer>();
  readonly #seen = new Map<string, number>();
  readonly #takers = new Set<Taker>();
  #sequence = 0;
  #replays = 0;
  #stored = 0;
  #bytes = 0;

  constructor(options: { clock: Clock; dead: MemoryDeadLetters }) {
    this.#clock = options.clock;
    this.#dead = options.dead;
  }

  enqueue(subject: string, data: Uint8Array, id: string): { duplicate: boolean } {
    if (!ID.test(id)) {
      throw new Failure("malformed", "a job id must be 1 to 256 printable characters without blanks", {
        meta: { id: id.slice(0, 80) },
      });
    }
    const now = this.#clock.now();
    this.#forgetSeen(now);
    if (this.#seen.has(id)) return { duplicate: true };
    if (this.#stored >= MAX_JOBS || this.#bytes + data.byteLength > MAX_BYTES) {
      throw new Failure("overloaded", "the job queues are full", {
        meta: { jobs: this.#stored, bytes: this.#bytes },
        retryAfterMs: 1_000,
        hint: "Start more nodes that do this work, or enqueue less.",
      });
    }
    this.#seen.set(id, now);
    this.#stored++;
    this.#bytes += data.byteLength;
    const queue = this.#queue(subject);
    queue.push({ sequence: ++this.#sequence, subject, id, data, deliveries: 0 });
    this.#dispatch(queue);
    return { duplicate: false };
  }

  /** Adds a consumer and returns what removes it; its jobs in flight stay in flight. */
  consume(taker: Taker): () => void {
    this.#takers.add(taker);
    for (const queue of this.#queues.values()) {
      if (matches(taker.pattern, queue.subject)) queue.takers.push(taker);
    }
    this.#feed(taker);
    return () => {
      this.#takers.delete(taker);
      for (const queue of this.#queues.values()) queue.drop(taker);
    };
  }

  /** Done: also when it was an earlier delivery that got there. */
  acknowledge(sequence: number): void {
    const job = this.#land(sequence);
    if (job !== undefined) this.#discard(job);
  }

  /** Gives a job back, to be delivered again after `delayMs`. */
  giveBack(sequence: number, delivery: number, delayMs: number): void {
    if (this.#flights.get(sequence)?.job.deliveries !== delivery) return;
    const { taker } = this.#flights.get(sequence)!;
    const job = this.#land(sequence)!;
    this.#again(job, taker.options.maxDeliver, delayMs);
  }

  /** Undoes a delivery that was never worked on: it does not count. */
  returnUnused(sequence: number, delivery: number): void {
    if (this.#flights.get(sequence)?.job.deliveries !== delivery) return;
    const job = this.#land(sequence)!;
    job.deliveries--;
    this.#requeue(job);
  }

  /** Gives a job up for good. */
  bury(sequence: number, delivery: number, reason: string): void {
    if (this.#flights.get(sequence)?.job.deliveries !== delivery) return;
    this.#toDeadLetters(this.#land(sequence)!, reason);
  }

  renew(sequence: number, delivery: number): void {
    const flight = this.#flights.get(sequence);
    if (flight?.job.deliveries !== delivery) return;
    flight.expiresAt = this.#clock.monotonic() + flight.taker.options.ackWaitMs;
  }

  replay(id: string): void {
    const letter = this.#dead.get(id);
    if (letter === undefined) throw new Failure("not-found", "no such dead letter", { meta: { id } });
    this.enqueue(letter.subject, letter.data, `${letter.id.slice(0, 230)}/replay-${++this.#replays}`);
    this.#dead.remove(id);
  }

  depth(pattern: string): { waiting: number; inFlight: number } {
    let waiting = 0;
    let inFlight = 0;
    for (const queue of this.#queues.values()) {
      if (matches(pattern, queue.subject)) waiting += queue.size;
    }
    for (const job of this.#delayed.keys()) if (matches(pattern, job.subject)) waiting++;
    for (const { job } of this.#flights.values()) if (matches(pattern, job.subject)) inFlight++;
    return { waiting, inFlight };
  }

  #queue(subject: string): MemoryQueue {
    let queue = this.#queues.get(subject);
    if (queue === undefined) {
      const takers = [...this.#takers].filter((taker) => matches(taker.pattern, subject));
      this.#queues.set(subject, (queue = new MemoryQueue(subject, takers)));
    }
    return queue;
  }

  #dispatch(queue: MemoryQueue): void {
    for (let job = queue.peek(); job !== undefined; job = queue.peek()) {
      const taker = queue.nextTaker();
      if (taker === undefined) return;
      this.#deliver(queue.shift()!, taker);
    }
  }

  /** Gives a consumer with a free hand the oldest job that it may take. */
  #feed(taker: Taker): void {
    while (this.#takers.has(taker) && taker.inFlight < taker.options.concurrency) {
      let oldest: MemoryQueue | undefined;
      for (const queue of this.#queues.values()) {
        const job = queue.peek();
        if (job === undefined || !queue.takers.includes(taker)) continue;
        if (oldest === undefined || job.sequence < oldest.peek()!.sequence) oldest = queue;
      }
      if (oldest === undefined) return;
      this.#deliver(oldest.shift()!, taker);
    }
  }

  #deliver(job: StoredJob, taker: Taker): void {
    job.deliveries++;
    taker.inFlight++;
    const wait = taker.options.ackWaitMs;
    const flight: Flight = {
      job,
      taker,
      expiresAt: this.#clock.monotonic() + wait,
      timer: this.#clock.after(wait, () => this.#expire(flight)),
    };
    this.#flights.set(job.sequence, flight);
    taker.deliver(job, job.deliveries);
  }

  #expire(flight: Flight): void {
    const left = flight.expiresAt - this.#clock.monotonic();
    if (left > 0.5) {
      flight.timer = this.#clock.after(left, () => this.#expire(flight));
      return;
    }
    this.#land(flight.job.sequence);
    this.#again(flight.job, flight.taker.options.maxDeliver, 0);
  }

  /** Takes a job out of flight and frees the consumer's hand. */
  #land(sequence: number): StoredJob | undefined {
    const flight = this.#flights.get(sequence);
    if (flight === undefined) return undefined;
    flight.timer.cancel();
    this.#flights.delete(sequence);
    flight.taker.inFlight--;
    // After the caller has put the job where it belongs.
    queueMicrotask(() => this.#feed(flight.taker));
    return flight.job;
  }

  #again(job: StoredJob, maxDeliver: number, delayMs: number): void {
    if (job.deliveries >= maxDeliver) {
      this.#toDeadLetters(job, "max-deliveries");
    } else if (delayMs <= 0) {
      this.#requeue(job);
    } else {
      const timer = this.#clock.after(delayMs, () => {
        this.#delayed.delete(job);
        this.#requeue(job);
      });
      this.#delayed.set(job, timer);
    }
  }

  #requeue(job: StoredJob): void {
    const queue = this.#queue(job.subject);
    queue.putBack(job);
    this.#dispatch(queue);
  }

  #toDeadLetters(job: StoredJob, reason: string): void {
    this.#discard(job);
    const { id, subject, data, deliveries } = job;
    this.#dead.add({ id, subject, data, deliveries, reason });
  }

  #discard(job: StoredJob): void {
    this.#stored--;
    this.#bytes -= job.data.byteLength;
    const queue = this.#queues.get(job.subject);
    if (queue?.size === 0 && queue.takers.length === 0) this.#queues.delete(job.subject);
  }

  #forgetSeen(now: number): void {
    for (const [id, at] of this.#seen) {
      if (now - at < DUPLICATE_WINDOW_MS) return;
      this.#seen.delete(id);
    }
  }
}

/** `subject` is exact or ends in `.*`. */
function matches(pattern: string, subject: string): boolean {
  if (pattern === subject) return true;
  if (!pattern.endsWith(".*")) return false;
  const prefix = pattern.length - 1;
  return subject.startsWith(pattern.slice(0, prefix)) && subject.indexOf(".", prefix) === -1;
}
