/** What a contract suite needs of a transport under test, and how its specifications wait. */
import { Failure, type FailureCode } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import type { Transport } from "../../runtime/transport/transport.ts";

export interface TransportHarness {
  /** Network name: the second token of every subject. */
  readonly net: string;
  readonly clock: Clock;
  /** A fresh connection to the one network of this harness. */
  connect(name: string): Promise<Transport>;
  /** Ends a connection without a word, as a crash would. */
  kill(transport: Transport): Promise<void>;
  /** Closes every connection and the network. */
  close(): Promise<void>;
}

/** What one specification works with. Subjects and keys are fresh at each call. */
export interface Bench {
  readonly harness: TransportHarness;
  connect(name?: string): Promise<Transport>;
  subject(): string;
}

const PATIENCE_MS = 15_000;

/** Waits until the condition holds; fails with what was waited for. */
export async function eventually(
  clock: Clock,
  what: string,
  condition: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const end = clock.monotonic() + patienceMs;
  while (!(await condition())) {
    if (clock.monotonic() > end) throw new Error(`waited in vain until ${what}`);
    await clock.sleep(5);
  }
}

/** The failure a promise ends in; throws when it does not fail, or with something else. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw new Error(`expected a Failure, got ${String(thrown)}`, { cause: thrown });
  }
  throw new Error("expected a Failure, got a result");
}

/** The code of what a function throws. */
export function codeOf(act: () => unknown): FailureCode | "nothing" {
  try {
    act();
    return "nothing";
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown.code;
    throw thrown;
  }
}

/** A promise with its resolver outside, for handlers that wait for the test. */
export function gate(): { open: () => void; passed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, passed: promise };
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array): string => new TextDecoder().decode(data);
