/** A binary heap of timers in order of (time, sequence): the same calls always fire in the same order. */
import type { Timer } from "../ports/clock.ts";

export class HeapTimer implements Timer {
  readonly at: number;
  readonly sequence: number;
  #callback: (() => void) | undefined;
  readonly #onCancel: () => void;

  constructor(at: number, sequence: number, callback: () => void, onCancel: () => void) {
    this.at = at;
    this.sequence = sequence;
    this.#callback = callback;
    this.#onCancel = onCancel;
  }

  get cancelled(): boolean {
    return this.#callback === undefined;
  }

  /** Runs once at most. */
  callback(): void {
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.();
  }

  cancel(): void {
    if (this.#callback === undefined) return;
    this.#callback = undefined;
    this.#onCancel();
  }
}

export class TimerHeap {
  #heap: HeapTimer[] = [];
  #sequence = 0;
  #dead = 0;
  readonly #onCancel = () => {
    this.#dead++;
    // Cancelled timers stay until they surface; rebuilt when they are the majority, so memory is bounded.
    if (this.#dead > 64 && this.#dead * 2 > this.#heap.length) this.#rebuild();
  };

  add(at: number, callback: () => void): HeapTimer {
    const timer = new HeapTimer(at, this.#sequence++, callback, this.#onCancel);
    this.#heap.push(timer);
    this.#up(this.#heap.length - 1);
    return timer;
  }

  /** The timer that is due first, not removed. */
  peek(): HeapTimer | undefined {
    while (this.#heap[0]?.cancelled) {
      this.#dead--;
      this.#removeFirst();
    }
    return this.#heap[0];
  }

  pop(): HeapTimer | undefined {
    const first = this.peek();
    if (first !== undefined) this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #rebuild(): void {
    this.#heap = this.#heap.filter((timer) => !timer.cancelled).sort((a, b) => (before(a, b) ? -1 : 1));
    this.#dead = 0;
  }

  #up(index: number): void {
    const heap = this.#heap;
    const timer = heap[index]!;
    let at = index;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(timer, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #down(index: number): void {
    const heap = this.#heap;
    const timer = heap[index]!;
    let at = index;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, timer)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = timer;
  }
}

const before = (a: HeapTimer, b: HeapTimer): boolean =>
  a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
