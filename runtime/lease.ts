/** A time-bounded right to be the only one: renewed at a third, given up at two thirds, fenced by its revision. */
export interface Lease {
  readonly key: string;
  /** Fencing token: grows with every holder. The ledger refuses writes under a lower one. */
  readonly token: number;
  /** Aborts when the lease could not be renewed for two thirds of its time: stop work at once. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}
