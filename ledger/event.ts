/** One event of the chain: its bounds, its stored form and its hash. */
import { z } from "zod";
import { canonicalJson, sha256 } from "../protocol/canonical.ts";
import { Name } from "../protocol/ids.ts";
import type { LedgerEvent } from "./ledger.ts";

/** Canonical bytes of one body. What is larger belongs into a blob, its reference into the event. */
export const MAX_BODY_BYTES = 256 * 1024;
export const GENESIS = "0".repeat(64);

/** Printable ASCII without blanks: keys, lease names and effect ids. */
export const Key = z.string().regex(/^[\x21-\x7e]{1,512}$/);
/** Dotted name such as `job.concluded`. */
export const Type = z.string().regex(/^(?=.{1,64}$)[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$/);
export const EventName = z.object({ subnet: Name, type: Type, key: Key });

/** An event as stored and hashed: the body is its canonical JSON. */
export type EventRow = Omit<LedgerEvent, "body"> & { body: string };

/**
 * sha256 of `prev` followed by the canonical JSON of (at, body, key, seq, subnet, type), lower-case hex.
 * The JSON is put together here, members in canonical order, because the body's text is canonical already.
 */
export const eventHash = (row: Omit<EventRow, "hash">): string =>
  sha256(
    `${row.prev}{"at":${row.at},"body":${row.body},"key":${JSON.stringify(row.key)},"seq":${row.seq},` +
      `"subnet":${JSON.stringify(row.subnet)},"type":${JSON.stringify(row.type)}}`,
  );

export const toEvent = (row: EventRow): LedgerEvent => ({ ...row, body: JSON.parse(row.body) });
export const toRow = (event: LedgerEvent): EventRow => ({ ...event, body: canonicalJson(event.body) });
