/** Where messages go that no actor will handle: kept whole, with the reason, and bounded. */
import type { Failure } from "../../protocol/failure.ts";

export interface LocalDeadLetter {
  readonly path: string;
  readonly message: unknown;
  readonly reason: DeadReason;
  readonly at: number;
  /** What the turn threw, when the reason is `failed`. */
  readonly failure: Failure | undefined;
}

export type DeadReason = "overloaded" | "dropped-oldest" | "expired" | "stopped" | "failed";

export interface DeadLetterSink {
  add(letter: LocalDeadLetter): void;
}

export interface DeadLetterBuffer extends DeadLetterSink {
  list(): readonly LocalDeadLetter[];
}

/** Keeps the latest letters in memory, 1,000 by default; older ones live on only in the counter. */
export function createDeadLetterBuffer(capacity = 1_000): DeadLetterBuffer {
  const letters: LocalDeadLetter[] = [];
  return {
    add(letter) {
      letters.push(letter);
      if (letters.length > capacity) letters.shift();
    },
    list: () => [...letters],
  };
}
