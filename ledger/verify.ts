/** Recomputing the chain: every hash, every link, no holes. */
import { Failure } from "../protocol/failure.ts";
import { type EventRow, eventHash, GENESIS } from "./event.ts";
import type { Head, Verdict, VerifyOptions } from "./ledger.ts";
import type { LedgerStore } from "./store.ts";

const PAGE = 1_000;

/** Takes events in order and says what is wrong with the first that does not fit. */
export class ChainCheck {
  head: Head = { seq: 0, hash: GENESIS };

  /** The reason why the row is not the next event of the chain, or undefined when it is. */
  next(row: EventRow): string | undefined {
    const expected = this.head.seq + 1;
    if (row.seq !== expected) return `event ${expected} is missing, ${row.seq} follows ${this.head.seq}`;
    if (row.prev !== this.head.hash) return "it does not name the hash of the event before it";
    if (eventHash(row) !== row.hash) return "its content does not have the recorded hash";
    this.head = { seq: row.seq, hash: row.hash };
    return undefined;
  }
}

/** Checks the whole chain. A row that the database itself cannot read counts as the first bad one. */
export async function verifyChain(
  store: Pick<LedgerStore, "events" | "head">,
  breathe: () => Promise<void> | undefined,
  options: VerifyOptions = {},
): Promise<Verdict> {
  const check = new ChainCheck();
  const bad = (reason: string): Verdict => ({ ok: false, seq: check.head.seq + 1, reason });
  try {
    const end = (await store.head()).seq;
    while (check.head.seq < end) {
      if (options.signal?.aborted) throw new Failure("cancelled", "The check of the chain was stopped");
      const rows = await store.events({ after: check.head.seq, upTo: end, limit: PAGE });
      for (const row of rows) {
        const reason = check.next(row);
        if (reason !== undefined) return bad(reason);
      }
      if (rows.length === 0) return bad("it is missing");
      options.onProgress?.(check.head.seq, end);
      await breathe();
    }
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === "corrupt") return bad(thrown.message);
    throw thrown;
  }
  return { ok: true, events: check.head.seq };
}
