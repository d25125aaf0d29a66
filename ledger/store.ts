/** What a database must offer for a ledger to stand on it. Two implementations: SQLite and PostgreSQL. */
import type { Failure } from "../protocol/failure.ts";
import type { EventRow } from "./event.ts";
import type { Effect, Head } from "./ledger.ts";
import type { RowResult } from "./plan.ts";
import type { AppendRequest, RequestedEffect } from "./request.ts";

export interface EventPage {
  after: number;
  /** Last seq wanted. */
  upTo?: number | undefined;
  limit: number;
  subnet?: string | undefined;
  types?: readonly string[] | undefined;
}

export interface Checkpoint {
  name: string;
  version: number;
  seq: number;
  /** Hash of event `seq`. */
  hash: string;
  /** JSON. */
  state: string;
}

export interface FenceRow {
  lease: string;
  token: number;
}
export type EffectRow = RequestedEffect & { attempts: number; reason: string | null; done: boolean };

/** A consistent view: nothing that is written meanwhile is seen through it. */
export interface Snapshot {
  head(): Promise<Head>;
  events(page: EventPage): Promise<EventRow[]>;
  fences(page: { after: string; limit: number }): Promise<FenceRow[]>;
  effects(page: { offset: number; limit: number }): Promise<EffectRow[]>;
}

/** Writes a whole ledger into an empty store, inside one transaction. */
export interface Loader {
  events(rows: readonly EventRow[]): Promise<void>;
  fences(rows: readonly FenceRow[]): Promise<void>;
  effects(rows: readonly EffectRow[]): Promise<void>;
}

export interface LedgerStore {
  /**
   * Does the batch in one durable transaction that no other appender can enter.
   * @throws Failure `storage`, `unavailable` or `corrupt` for the batch as a whole; then nothing of it was acknowledged.
   */
  commit(batch: readonly AppendRequest[]): Promise<(RowResult[] | Failure)[]>;
  head(): Promise<Head>;
  events(page: EventPage): Promise<EventRow[]>;
  /** The event of that name, or at that position. */
  find(name: { subnet: string; type: string; key: string } | { seq: number }): Promise<EventRow | undefined>;
  effects(options: { kind?: string; limit: number; maxAttempts?: number }): Promise<Effect[]>;
  effectDone(id: string): Promise<void>;
  effectFailed(id: string, reason: string): Promise<void>;
  checkpoint(name: string): Promise<Checkpoint | undefined>;
  saveCheckpoint(checkpoint: Checkpoint): Promise<void>;
  dropCheckpoints(name?: string): Promise<void>;
  /** Calls back after commits of other connections, perhaps once for many. */
  watch(changed: () => void): { cancel(): void };
  snapshot<T>(use: (snapshot: Snapshot) => Promise<T>): Promise<T>;
  /** Replaces all that is there; when `fill` throws, nothing has changed. */
  replace<T>(fill: (loader: Loader) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
