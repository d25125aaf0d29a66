/** How far one decision has come, by the ledger alone: whoever takes over after a crash knows no more than this. */
import type { Ledger } from "../../ledger/ledger.ts";
import type { RecordBody, RecordType } from "../../protocol/records.ts";
import { bodyOf } from "../records.ts";

export interface Journey {
  /** What was sent last, unless it is known to have come to nothing. */
  open: RecordBody<"weights.sent"> | undefined;
  /** Every attempt so far, those that failed included. */
  attempts: number;
  /** Why the last attempt failed, when it did. */
  failure: string | undefined;
  committed: RecordBody<"weights.committed"> | undefined;
  /** The commit that is to be revealed, with its salt. */
  commit: RecordBody<"weights.sent"> | undefined;
  /** It ended, one way or the other. */
  over: boolean;
}

/** Attempts of one decision, commits and reveals counted, before its epoch is left without weights. */
export const MAX_ATTEMPTS = 16;

export async function readJourney(ledger: Ledger, subnet: string, epoch: number): Promise<Journey> {
  const get = async <T extends RecordType>(type: T, key: string): Promise<RecordBody<T> | undefined> => {
    const event = await ledger.get(subnet, type, key);
    return event === undefined ? undefined : bodyOf(event, type);
  };
  const [set, refused, committed] = await Promise.all([
    get("weights.set", `${epoch}`),
    get("weights.refused", `${epoch}`),
    get("weights.committed", `${epoch}`),
  ]);
  const journey: Journey = {
    ...{ open: undefined, attempts: 0, failure: undefined, committed, commit: undefined },
    over: set !== undefined || refused !== undefined,
  };
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const sent = await get("weights.sent", `${epoch}/${attempt}`);
    if (sent === undefined) break;
    const failed = await get("weights.failed", `${epoch}/${attempt}`);
    const isCommit = committed?.attempt === attempt;
    if (isCommit) journey.commit = sent;
    journey.attempts = attempt;
    journey.open = failed === undefined && !isCommit ? sent : undefined;
    journey.failure = failed?.reason;
  }
  return journey;
}
