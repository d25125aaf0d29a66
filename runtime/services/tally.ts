/** Counters that are incremented per message and handed to the metrics once a second. */
import type { Labels, Metrics } from "../observe/metrics.ts";
import type { Clock, Timer } from "../ports/clock.ts";

const FLUSH_MS = 1_000;

export interface Counter {
  add(): void;
}

export class Tally {
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  #dirty: Cell[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#metrics = metrics;
  }

  counter(name: string, labels: Labels): Counter {
    return new Cell(name, labels, (cell) => {
      this.#dirty.push(cell);
      this.#timer ??= this.#clock.after(FLUSH_MS, () => this.flush());
    });
  }

  /** Called with what one message took, in seconds. */
  observer(name: string, labels: Labels): (seconds: number) => void {
    return this.#metrics.observer(name, labels);
  }

  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const cell of dirty) this.#metrics.count(cell.name, cell.take(), cell.labels);
  }
}

class Cell implements Counter {
  readonly name: string;
  readonly labels: Labels;
  readonly #onDirty: (cell: Cell) => void;
  #count = 0;

  constructor(name: string, labels: Labels, onDirty: (cell: Cell) => void) {
    this.name = name;
    this.labels = labels;
    this.#onDirty = onDirty;
  }

  add(): void {
    if (this.#count++ === 0) this.#onDirty(this);
  }

  take(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }
}

/** Counters of one name that differ in one label, each made when first used. */
export class Counters {
  readonly #cells = new Map<string, Counter>();
  readonly #make: (value: string) => Counter;
  /** Nearly always `ok`. */
  #lastValue: string | undefined;
  #last: Counter | undefined;

  constructor(make: (value: string) => Counter) {
    this.#make = make;
  }

  add(value: string): void {
    if (value !== this.#lastValue) {
      let cell = this.#cells.get(value);
      if (cell === undefined) this.#cells.set(value, (cell = this.#make(value)));
      this.#last = cell;
      this.#lastValue = value;
    }
    this.#last!.add();
  }
}
