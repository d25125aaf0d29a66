/** What both sides of the NATS comparison measure, and how. */
import { median } from "./row.ts";

/** One side of the comparison: each figure is taken anew at every call. */
export interface Side {
  /** Median of one question after the other, in microseconds. */
  sequentialUs(count: number): Promise<number>;
  /** Answers a second with `inFlight` questions at once. */
  askRate(count: number, inFlight: number): Promise<number>;
  /** Messages a second from publish to subscriber. */
  tellRate(count: number, burst: number): Promise<number>;
  /** Jobs a second from enqueue to acknowledgement. */
  jobRate(count: number, inFlight: number): Promise<number>;
  /** Megabytes a second of one bulk stream of so many bytes. */
  bulkRate(bytes: number): Promise<number>;
}

/** Units a second. */
export async function rate(units: number, work: () => Promise<unknown>): Promise<number> {
  const start = Bun.nanoseconds();
  await work();
  return units / ((Bun.nanoseconds() - start) / 1e9);
}

export async function eachUs(count: number, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = Bun.nanoseconds();
    await work();
    took.push((Bun.nanoseconds() - start) / 1e3);
  }
  return median(took);
}

export async function inParallel(
  total: number,
  inFlight: number,
  work: () => Promise<unknown>,
): Promise<void> {
  let left = total;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}
