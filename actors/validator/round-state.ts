/** Where a validator stands, folded from its ledger: after a crash it goes on from here. */

import type { Ledger, LedgerEvent, Projection } from "../../ledger/ledger.ts";
import type { BlobRef } from "../../protocol/blob.ts";
import type { Json } from "../../protocol/ids.ts";
import type { RecordBody } from "../../protocol/records.ts";
import { bodyOf, recordKey } from "../records.ts";

/** The rounds of one subnet: which was closed last, and which is open since which event. */
export type Rounds = { closed: number | null; open: { round: number; seq: number } | null } & {
  [key: string]: Json;
};

const TYPES = ["round.opened", "round.closed"] as const;

export const roundsProjection = (subnet: string): Projection<Rounds> => ({
  name: `rounds/${subnet}`,
  version: 1,
  types: TYPES,
  initial: { closed: null, open: null },
  fold(state, event) {
    if (event.subnet !== subnet) return state;
    const opened = bodyOf(event, "round.opened");
    if (opened !== undefined) return { ...state, open: { round: opened.round, seq: event.seq } };
    const closed = bodyOf(event, "round.closed");
    return closed === undefined ? state : { closed: closed.round, open: null };
  },
});

export type Conclusion = RecordBody<"job.concluded">;

/** What is on record of one open round. */
export interface RoundState {
  opened: RecordBody<"round.opened">;
  /** By `kind/uid`. */
  submissions: Map<string, RecordBody<"submission.accepted">["submission"]>;
  /** `kind/uid` of miners that handed nothing in. */
  absent: Set<string>;
  /** Latest conclusion of each `task/submission`. */
  concluded: Map<string, Conclusion>;
  /** Evidence of attempts of each `task/submission` that nobody was charged for, e.g. an isolate that broke down. */
  uncharged: Map<string, BlobRef[]>;
  /** Last event read. */
  seq: number;
}

export function createRoundState(opened: RecordBody<"round.opened">, seq: number): RoundState {
  const [submissions, absent] = [new Map(), new Set<string>()];
  return { opened, submissions, absent, concluded: new Map(), uncharged: new Map(), seq };
}

/** Takes one event of the round into account; tells the conclusion, when it is one. */
export function foldRound(state: RoundState, event: LedgerEvent): Conclusion | undefined {
  state.seq = event.seq;
  const { round } = state.opened;
  const accepted = bodyOf(event, "submission.accepted");
  if (accepted !== undefined && accepted.submission.round === round) {
    state.submissions.set(`${accepted.kind}/${accepted.submission.uid}`, accepted.submission);
  }
  const absent = bodyOf(event, "miner.absent");
  if (absent !== undefined && absent.round === round) state.absent.add(`${absent.kind}/${absent.uid}`);
  const concluded = bodyOf(event, "job.concluded");
  if (concluded === undefined || concluded.key.round !== round) return undefined;
  const place = jobPlace(concluded.key);
  const before = state.concluded.get(place);
  if (before === undefined || before.key.attempt < concluded.key.attempt)
    state.concluded.set(place, concluded);
  if (concluded.score === null && concluded.evidence !== null) {
    state.uncharged.set(place, [...(state.uncharged.get(place) ?? []), concluded.evidence]);
  }
  return concluded;
}

export const ROUND_TYPES = ["submission.accepted", "miner.absent", "job.concluded"] as const;

/** A job whatever its attempt: one submission on one task. */
export const jobPlace = (key: { task: string; submission: string }): string =>
  `${key.task}/${key.submission}`;

/** Reads what the ledger holds of a round that was opened at event `seq`. */
export async function loadRound(ledger: Ledger, subnet: string, opened: LedgerEvent): Promise<RoundState> {
  const state = createRoundState(bodyOf(opened, "round.opened") as RecordBody<"round.opened">, opened.seq);
  for (;;) {
    const events = await ledger.read({ after: state.seq, limit: 1_000, subnet, types: ROUND_TYPES });
    for (const event of events) foldRound(state, event);
    if (events.length < 1_000) return state;
  }
}

/** The round.opened event of a round. */
export const openedEvent = (
  ledger: Ledger,
  subnet: string,
  round: number,
): Promise<LedgerEvent | undefined> =>
  ledger.get(subnet, "round.opened", recordKey("round.opened", { round } as RecordBody<"round.opened">));
