/** Ledger events as typed records: the only place where actors name an event's type and key. */

import type { AppendOptions, Ledger, LedgerEvent, NewEvent } from "../ledger/ledger.ts";
import { Failure } from "../protocol/failure.ts";
import type { Json } from "../protocol/ids.ts";
import { RECORDS, type RecordBody, type RecordType } from "../protocol/records.ts";

/** What makes a record unique within its type: a second one with the same key changes nothing. */
const KEYS: { readonly [T in RecordType]: (body: RecordBody<T>) => string } = {
  "round.opened": ({ round }) => `${round}`,
  "submission.accepted": ({ kind, submission }) => `${submission.round}/${kind}/${submission.uid}`,
  "miner.absent": ({ round, kind, uid }) => `${round}/${kind}/${uid}`,
  "job.concluded": ({ key }) => `${key.round}/${key.task}/${key.submission}/${key.attempt}`,
  "round.closed": ({ round }) => `${round}`,
  "weights.decided": ({ epoch, hotkey }) => `${epoch}/${hotkey}`,
  "weights.sent": ({ epoch, attempt }) => `${epoch}/${attempt}`,
  "weights.failed": ({ epoch, attempt }) => `${epoch}/${attempt}`,
  "weights.committed": ({ epoch }) => `${epoch}`,
  "weights.set": ({ epoch }) => `${epoch}`,
  "weights.refused": ({ epoch }) => `${epoch}`,
};

export function record<T extends RecordType>(subnet: string, type: T, body: RecordBody<T>): NewEvent {
  // What JSON leaves out, such as a member that is undefined, the ledger would refuse.
  const plain = JSON.parse(JSON.stringify(RECORDS[type].parse(body))) as Json;
  return { subnet, type, key: KEYS[type](body), body: plain };
}

export const recordKey = <T extends RecordType>(type: T, body: RecordBody<T>): string => KEYS[type](body);

/** The body of an event, when it is of this type. */
export function bodyOf<T extends RecordType>(event: LedgerEvent, type: T): RecordBody<T> | undefined {
  return event.type === type ? (event.body as unknown as RecordBody<T>) : undefined;
}

/** Appends one record; tells what is on record, which is an earlier one when the key was there already. */
export async function appendRecord<T extends RecordType>(
  ledger: Ledger,
  subnet: string,
  type: T,
  body: RecordBody<T>,
  options: AppendOptions = {},
): Promise<{ body: RecordBody<T>; event: LedgerEvent; duplicate: boolean }> {
  const [appended] = await ledger.append([record(subnet, type, body)], options);
  const recorded = appended === undefined ? undefined : bodyOf(appended.event, type);
  if (appended === undefined || recorded === undefined) {
    throw new Failure("storage", "the ledger did not tell what it recorded", { meta: { type } });
  }
  return { body: recorded, event: appended.event, duplicate: appended.duplicate };
}
