/** Folds with checkpoints: a projection goes on where it last stood and can always be rebuilt from the first event. */
import { z } from "zod";
import { Failure } from "../protocol/failure.ts";
import type { Json } from "../protocol/ids.ts";
import { GENESIS, Key, toEvent } from "./event.ts";
import type { Head, Projection } from "./ledger.ts";
import type { Checkpoint, LedgerStore } from "./store.ts";

const PAGE = 1_000;
/** Writing a checkpoint costs an fsync: it is worth it once so many events would have to be folded again. */
const CHECKPOINT_EVERY = 256;
const MAX_PROJECTIONS = 1_024;

const ProjectionName = z.object({ name: Key, version: z.number().int().nonnegative() });

interface Standing {
  checkpoint: Checkpoint;
  /** Position of the stored checkpoint. */
  stored: number;
}

export interface Projector {
  project<S extends Json>(projection: Projection<S>): Promise<{ state: S; seq: number }>;
  rebuild(name?: string): Promise<void>;
  /** Stores what was folded since the last checkpoints. */
  flush(): Promise<void>;
}

export function projector(store: LedgerStore, breathe: () => Promise<void> | undefined): Projector {
  const standings = new Map<string, Standing>();
  /** One fold at a time: two at once would only do the same work twice. */
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };

  async function load(name: string): Promise<Standing | undefined> {
    const checkpoint = await store.checkpoint(name);
    if (checkpoint === undefined || !isJson(checkpoint.state)) return undefined;
    return { checkpoint, stored: checkpoint.seq };
  }

  async function fits({ seq, hash }: Checkpoint): Promise<boolean> {
    return seq === 0 ? hash === GENESIS : (await store.find({ seq }))?.hash === hash;
  }

  async function start(projection: Projection<Json>): Promise<Standing> {
    const { name, version } = projection;
    const known = standings.get(name) ?? (await load(name));
    // Another process may have rebuilt or restored the ledger: the hash tells.
    if (known !== undefined && known.checkpoint.version === version && (await fits(known.checkpoint)))
      return known;
    const state = JSON.stringify(projection.initial);
    return { checkpoint: { name, version, seq: 0, hash: GENESIS, state }, stored: 0 };
  }

  async function fold(projection: Projection<Json>, from: Checkpoint, head: Head): Promise<Checkpoint> {
    let state = JSON.parse(from.state) as Json;
    let after = from.seq;
    for (;;) {
      const rows = await store.events({ after, upTo: head.seq, limit: PAGE, types: projection.types });
      for (const row of rows) state = projection.fold(state, toEvent(row));
      if (rows.length < PAGE) break;
      after = rows.at(-1)?.seq ?? after;
      await breathe();
    }
    return { ...from, seq: head.seq, hash: head.hash, state: JSON.stringify(state) };
  }

  /** A full disk must not keep anyone from reading: the state is right, only the next start takes longer. */
  async function save(standing: Standing): Promise<void> {
    try {
      await store.saveCheckpoint(standing.checkpoint);
      standing.stored = standing.checkpoint.seq;
    } catch (thrown) {
      if (!(thrown instanceof Failure && thrown.retryable)) throw thrown;
    }
  }

  async function project(projection: Projection<Json>): Promise<{ state: Json; seq: number }> {
    ProjectionName.parse(projection);
    let standing = await start(projection);
    const head = await store.head();
    if (head.seq > standing.checkpoint.seq) {
      const checkpoint = await fold(projection, standing.checkpoint, head);
      standing = { checkpoint, stored: standing.stored };
      if (checkpoint.seq - standing.stored >= CHECKPOINT_EVERY) await save(standing);
    }
    if (standings.size < MAX_PROJECTIONS || standings.has(projection.name))
      standings.set(projection.name, standing);
    return { state: JSON.parse(standing.checkpoint.state), seq: standing.checkpoint.seq };
  }

  return {
    project: <S extends Json>(projection: Projection<S>) =>
      alone(() => project(projection as unknown as Projection<Json>)) as Promise<{ state: S; seq: number }>,
    rebuild: (name) =>
      alone(async () => {
        if (name === undefined) standings.clear();
        else standings.delete(name);
        await store.dropCheckpoints(name);
      }),
    flush: () =>
      alone(async () => {
        for (const standing of standings.values())
          if (standing.checkpoint.seq > standing.stored) await save(standing);
      }),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
