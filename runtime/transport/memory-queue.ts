/** Jobs of one subject that wait: oldest first, redelivered ones back in their old place. */
import type { ConsumeOptions } from "./transport.ts";

export interface StoredJob {
  readonly sequence: number;
  readonly subject: string;
  readonly id: string;
  readonly data: Uint8Array;
  deliveries: number;
}

/** One consumer as the queues know it. */
export interface Taker {
  readonly pattern: string;
  readonly options: ConsumeOptions;
  inFlight: number;
  deliver(job: StoredJob, delivery: number): void;
}

export class MemoryQueue {
  readonly subject: string;
  readonly takers: Taker[];
  #jobs: StoredJob[] = [];
  #head = 0;
  #turn = 0;

  constructor(subject: string, takers: Taker[]) {
    this.subject = subject;
    this.takers = takers;
  }

  get size(): number {
    return this.#jobs.length - this.#head;
  }

  push(job: StoredJob): void {
    this.#jobs.push(job);
  }

  putBack(job: StoredJob): void {
    // Nearly always among the oldest: the search is short.
    let at = this.#head;
    while (at < this.#jobs.length && this.#jobs[at]!.sequence < job.sequence) at++;
    if (at === this.#head && this.#head > 0) this.#jobs[--this.#head] = job;
    else this.#jobs.splice(at, 0, job);
  }

  peek(): StoredJob | undefined {
    return this.#jobs[this.#head];
  }

  shift(): StoredJob | undefined {
    const job = this.#jobs[this.#head++];
    if (this.#head > 1_024 && this.#head * 2 > this.#jobs.length) {
      this.#jobs = this.#jobs.slice(this.#head);
      this.#head = 0;
    }
    return job;
  }

  /** The next consumer in turn that has a free hand. */
  nextTaker(): Taker | undefined {
    for (let tried = 0; tried < this.takers.length; tried++) {
      const taker = this.takers[this.#turn++ % this.takers.length]!;
      if (taker.inFlight < taker.options.concurrency) return taker;
    }
    return undefined;
  }

  drop(taker: Taker): void {
    const at = this.takers.indexOf(taker);
    if (at !== -1) this.takers.splice(at, 1);
  }
}
