/**
 * The ledger port: an append-only, hash-chained event log. All standings, weights and dashboards are folds of it.
 * Implementations: SQLite (`bun:sqlite`, WAL, synchronous FULL) and PostgreSQL, one contract suite.
 */
import type { Json } from "../protocol/ids.ts";

export interface NewEvent {
  subnet: string;
  /** Dotted name, e.g. `job.concluded`. */
  type: string;
  /** Unique per (subnet, type): a second append under it changes nothing. For jobs: `task/submission/attempt` with its round. */
  key: string;
  body: Json;
}

export interface LedgerEvent extends NewEvent {
  /** Position from 1, without holes. */
  seq: number;
  /** Milliseconds since the Unix epoch, by the appender's clock. */
  at: number;
  prev: string;
  /** sha256 over (prev, canonical JSON of seq, at, subnet, type, key, body). */
  hash: string;
}

export interface AppendResult {
  event: LedgerEvent;
  /** The key was there already; `event` is the one on record. */
  duplicate: boolean;
}

export interface AppendOptions {
  /** Refused with `fenced` when a higher token was seen for this lease. */
  fence?: { lease: string; token: number };
  /** Effects to be done once the events are durable; picked up by the outbox, also after a crash. */
  effects?: NewEffect[];
}

export interface NewEffect {
  /** Idempotency key. */
  id: string;
  kind: string;
  body: Json;
}

export interface Effect extends NewEffect {
  attempts: number;
}

/** Where a chain stands: seq 0 and 64 zeros when empty. */
export interface Head {
  seq: number;
  hash: string;
}

export type Verdict = { ok: true; events: number } | { ok: false; seq: number; reason: string };

export interface VerifyOptions {
  /** Called now and then with the position reached and the head's. */
  onProgress?: (seq: number, of: number) => void;
  /** Ends it with a `cancelled` failure. */
  signal?: AbortSignal;
}

export interface Ledger {
  /** All or nothing; resolves when durable. Appends made in one turn share one transaction (group commit). */
  append(events: readonly NewEvent[], options?: AppendOptions): Promise<AppendResult[]>;
  /** Events after `after`, ascending; at most 1,000 unless `limit` (at most 10,000) says otherwise. */
  read(options?: {
    after?: number;
    limit?: number;
    subnet?: string;
    types?: readonly string[];
  }): Promise<LedgerEvent[]>;
  get(subnet: string, type: string, key: string): Promise<LedgerEvent | undefined>;
  head(): Promise<Head>;
  /** Recomputes the chain; tells the first event that does not fit. */
  verify(options?: VerifyOptions): Promise<Verdict>;
  /** Called soon after new events, also those of other processes; the listener reads from where it stood. */
  onAppend(listener: () => void): { cancel(): void };
  /**
   * Outbox: effects not done yet, oldest first; each is done at least once. With `maxAttempts`, those that failed so
   * often are left out, so that a few hopeless ones cannot hold up the rest.
   */
  effects(options: { kind?: string; limit: number; maxAttempts?: number }): Promise<Effect[]>;
  effectDone(id: string): Promise<void>;
  effectFailed(id: string, reason: string): Promise<void>;
  /** Fold with a stored checkpoint: resumes where the last call stood, rebuilt when `version` changes. */
  project<S extends Json>(projection: Projection<S>): Promise<{ state: S; seq: number }>;
  /** Forgets checkpoints, so that the next `project` folds from the first event. */
  rebuild(name?: string): Promise<void>;
  close(): Promise<void>;
}

export interface Projection<S extends Json> {
  name: string;
  /** Raise when the fold changes. */
  version: number;
  initial: S;
  /** Which events it needs; all when omitted. */
  types?: readonly string[];
  /** Pure. May mutate and return `state`. */
  fold(state: S, event: LedgerEvent): S;
}
