/** What one transaction writes, decided the same way for every store: a pure function of the batch and of what is on record. */
import { Failure } from "../protocol/failure.ts";
import { type EventRow, eventHash } from "./event.ts";
import type { Head } from "./ledger.ts";
import type { AppendRequest, RequestedEffect, RequestedEvent } from "./request.ts";

/** What the store holds at the beginning of the transaction. */
export interface Recorded {
  head: Head;
  /** Highest token seen for the lease. */
  token(lease: string): number | undefined;
  event(name: EventKey): EventRow | undefined;
}
export type EventKey = Pick<RequestedEvent, "subnet" | "type" | "key">;

export interface RowResult {
  row: EventRow;
  duplicate: boolean;
}
export interface Plan {
  /** One per request, in order: a refused one harms none of its neighbours. */
  outcomes: (RowResult[] | Failure)[];
  events: EventRow[];
  effects: RequestedEffect[];
  /** Tokens that rose. */
  tokens: Map<string, number>;
}

/** Names hold no blanks, so this is unambiguous. */
export const keyOf = (event: EventKey): string => `${event.subnet} ${event.type} ${event.key}`;

/** Decides a batch: refuses lower tokens, finds events on record, chains the new ones. */
export function planBatch(requests: readonly AppendRequest[], recorded: Recorded): Plan {
  const plan: Plan = { outcomes: [], events: [], effects: [], tokens: new Map() };
  const added = new Map<string, EventRow>();
  let { seq, hash } = recorded.head;

  const place = (event: RequestedEvent): RowResult => {
    const key = keyOf(event);
    const known = added.get(key) ?? recorded.event(event);
    if (known !== undefined) return { row: known, duplicate: true };
    const unhashed = { seq: ++seq, ...event, prev: hash };
    hash = eventHash(unhashed);
    const row = { ...unhashed, hash };
    added.set(key, row);
    plan.events.push(row);
    return { row, duplicate: false };
  };

  for (const { fence, events, effects } of requests) {
    if (fence !== undefined) {
      const seen = plan.tokens.get(fence.lease) ?? recorded.token(fence.lease);
      if (seen !== undefined && fence.token < seen) {
        plan.outcomes.push(fenced(fence, seen));
        continue;
      }
      if (fence.token !== seen) plan.tokens.set(fence.lease, fence.token);
    }
    plan.outcomes.push(events.map(place));
    plan.effects.push(...effects);
  }
  return plan;
}

const fenced = (fence: { lease: string; token: number }, seen: number): Failure =>
  new Failure("fenced", "Another holder of the lease has written since", {
    hint: "Stop this work: the lease is lost. Acquire it again before the next attempt",
    meta: { lease: fence.lease, token: fence.token, seen },
  });
