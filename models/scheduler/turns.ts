/**
 * Who may begin next: at most so many at a time, and callers in fair shares. Each caller has a virtual time that its work
 * moves on; the next turn is that of who is furthest behind (start-time fair queueing), so that a caller with a thousand
 * requests delays another's one by no more than one turn.
 */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { openCall } from "../request/call.ts";

export interface TurnsOptions {
  clock: Clock;
  /** At the same time. */
  slots: number;
  /** Waiting at most: of all, and of one caller. */
  waiting: number;
  perCaller: number;
  /** Memory that the states of running work may take, in bytes. */
  memoryBytes: number;
}

export interface Work {
  caller: string;
  /** How much of the model it takes, e.g. tokens: moves the caller's virtual time on. */
  cost: number;
  /** Memory of its state while it runs. */
  memoryBytes: number;
  signal?: AbortSignal | undefined;
  deadline?: number | undefined;
}

interface Waiting extends Work {
  begin(): void;
}

interface Caller {
  /** Virtual time at which its next work begins. */
  at: number;
  readonly queue: Waiting[];
}

const RETRY_MS = 1_000;

export class Turns {
  readonly #options: TurnsOptions;
  /** Only those with waiting work. */
  readonly #callers = new Map<string, Caller>();
  /** Where those who wait no more had got to: who comes back at once does not jump the line. */
  readonly #last = new Map<string, number>();
  #virtual = 0;
  #waiting = 0;
  #running = 0;
  #memoryBytes = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Share of the memory for states that running work takes, 0 to 1. */
  get memoryUsage(): number {
    return Math.min(1, this.#memoryBytes / this.#options.memoryBytes);
  }

  /**
   * Resolves when the work may begin; the result ends it. Fails with `too-large` for what could never fit, `overloaded`
   * when the line is full, `cancelled` and `timeout` while it waits.
   */
  async begin(work: Work): Promise<() => void> {
    const { clock, memoryBytes } = this.#options;
    if (work.memoryBytes > memoryBytes) {
      throw new Failure(
        "too-large",
        "the model's state for this input is larger than all the memory for it",
        {
          meta: { bytes: work.memoryBytes, memoryBytes },
          hint: "Shorten the input, or ask a model actor with more memory.",
        },
      );
    }
    const call = openCall(clock, work);
    try {
      await this.#wait(work, call.signal);
    } finally {
      call.close();
    }
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      this.#running--;
      this.#memoryBytes -= work.memoryBytes;
      this.#next();
    };
    // Its turn and its end may have come in the same moment: then the turn goes back.
    if (call.signal.aborted) end();
    call.check();
    return end;
  }

  #wait(work: Work, signal: AbortSignal): Promise<void> {
    const { waiting, perCaller } = this.#options;
    const known = this.#callers.get(work.caller);
    if (this.#waiting >= waiting || (known?.queue.length ?? 0) >= perCaller) {
      const all = this.#waiting >= waiting;
      throw new Failure(
        "overloaded",
        all ? "the model's line is full" : "this caller waits for too much already",
        {
          meta: { waiting: this.#waiting, ofCaller: known?.queue.length ?? 0 },
          retryAfterMs: RETRY_MS,
          hint: "Ask again later, or start another model actor.",
        },
      );
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#remove(entry);
        reject(signal.reason);
      };
      const entry: Waiting = {
        ...work,
        begin: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      const at = Math.max(this.#virtual, this.#last.get(work.caller) ?? 0);
      const caller = known ?? { at, queue: [] };
      caller.queue.push(entry);
      this.#callers.set(work.caller, caller);
      this.#waiting++;
      this.#next();
    });
  }

  #remove(entry: Waiting): void {
    const caller = this.#callers.get(entry.caller);
    const at = caller?.queue.indexOf(entry) ?? -1;
    if (caller === undefined || at < 0) return;
    caller.queue.splice(at, 1);
    this.#waiting--;
    if (caller.queue.length === 0) this.#forget(entry.caller, caller);
    // It may have been the large one that everyone waited behind.
    this.#next();
  }

  #forget(name: string, caller: Caller): void {
    this.#callers.delete(name);
    this.#last.set(name, caller.at);
    for (const [other, at] of this.#last) if (at <= this.#virtual) this.#last.delete(other);
  }

  /** What has its turn waits for memory, too: smaller work that overtook it for ever would starve it. */
  #next(): void {
    const { slots, memoryBytes } = this.#options;
    while (this.#running < slots) {
      const [name, caller] = this.#furthestBehind() ?? [];
      const entry = caller?.queue[0];
      if (name === undefined || caller === undefined || entry === undefined) return;
      if (this.#memoryBytes + entry.memoryBytes > memoryBytes) return;
      caller.queue.shift();
      this.#waiting--;
      this.#virtual = Math.max(this.#virtual, caller.at);
      caller.at += entry.cost;
      if (caller.queue.length === 0) this.#forget(name, caller);
      this.#running++;
      this.#memoryBytes += entry.memoryBytes;
      entry.begin();
    }
  }

  #furthestBehind(): [string, Caller] | undefined {
    let found: [string, Caller] | undefined;
    for (const each of this.#callers) if (found === undefined || each[1].at < found[1].at) found = each;
    return found;
  }
}
