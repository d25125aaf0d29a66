/** A ledger as lines of JSON: the portable backup, read and written by either store. The last line tells that none is missing. */
import { z } from "zod";
import { canonicalJson } from "../protocol/canonical.ts";
import { Failure } from "../protocol/failure.ts";
import { Json, Sha256 } from "../protocol/ids.ts";
import { EventName, type EventRow, Key, MAX_BODY_BYTES, Type, toRow } from "./event.ts";
import type { Head } from "./ledger.ts";
import type { EffectRow, FenceRow, Loader, Snapshot } from "./store.ts";
import { ChainCheck } from "./verify.ts";

const PAGE = 1_000;
/** A body, its escapes and what surrounds it. */
export const MAX_LINE_CHARS = 2 * MAX_BODY_BYTES;

const Count = z.number().int().nonnegative();
const Position = z.object({ seq: Count, hash: Sha256 });
const Line = z.union([
  z.object({ event: EventName.extend({ seq: Count, at: Count, body: Json, prev: Sha256, hash: Sha256 }) }),
  z.object({ fence: z.object({ lease: Key, token: Count }) }),
  z.object({
    effect: z.object({
      id: Key,
      kind: Type,
      body: Json,
      attempts: Count,
      reason: z.string().max(1_000).nullable(),
      done: z.boolean(),
    }),
  }),
  z.object({ ledger: z.object({ format: z.literal(1), at: Count, head: Position }) }),
  z.object({ end: z.object({ events: Count, fences: Count, effects: Count }) }),
]);

export interface Copied {
  head: Head;
  events: number;
  fences: number;
  effects: number;
}
export type OnProgress = (events: number, of: number) => void;

/** The lines of one consistent view, without their line ends. Fails with `corrupt` when the chain does not fit. */
export async function* linesOf(
  snapshot: Snapshot,
  at: number,
  onProgress: OnProgress = () => undefined,
): AsyncGenerator<string, Copied> {
  const head = await snapshot.head();
  const check = new ChainCheck();
  let fences = 0;
  let effects = 0;
  yield JSON.stringify({ ledger: { format: 1, at, head } });
  for await (const row of pages((last: EventRow | undefined) =>
    snapshot.events({ after: last?.seq ?? 0, limit: PAGE }),
  )) {
    const reason = check.next(row);
    if (reason !== undefined) throw broken(row.seq, reason);
    yield JSON.stringify({ event: { ...row, body: JSON.parse(row.body) } });
    if (row.seq % PAGE === 0) onProgress(row.seq, head.seq);
  }
  for await (const fence of pages((last: FenceRow | undefined) =>
    snapshot.fences({ after: last?.lease ?? "", limit: PAGE }),
  )) {
    fences++;
    yield JSON.stringify({ fence });
  }
  for await (const effect of pages(() => snapshot.effects({ offset: effects, limit: PAGE }))) {
    effects++;
    yield JSON.stringify({ effect: { ...effect, body: JSON.parse(effect.body) } });
  }
  const copied = { head: check.head, events: check.head.seq, fences, effects };
  yield JSON.stringify({ end: { events: copied.events, fences, effects } });
  onProgress(head.seq, head.seq);
  return copied;
}

/**
 * Loads lines into an empty store, checking every hash on the way.
 * @throws Failure `corrupt` with the line's number; the store's transaction must then be given up.
 */
export async function loadLines(
  lines: AsyncIterable<string>,
  loader: Loader,
  onProgress: OnProgress = () => undefined,
): Promise<Copied> {
  const check = new ChainCheck();
  const count = { events: 0, fences: 0, effects: 0 };
  const events = new Pile<EventRow>(loader.events);
  const fences = new Pile<FenceRow>(loader.fences);
  const effects = new Pile<EffectRow>(loader.effects);
  let head: Head | undefined;
  let ended = false;
  let number = 0;
  const refuse = (reason: string) =>
    new Failure("corrupt", "The backup cannot be restored", {
      hint: "Take another backup; the ledger was left as it was",
      meta: { line: number, reason },
    });

  for await (const text of lines) {
    number++;
    const line = parse(text);
    if (line === undefined) throw refuse("not a line of a ledger's backup");
    if (ended) throw refuse("there is something after the end");
    if ((head === undefined) !== "ledger" in line)
      throw refuse("the first line, and only that, is the heading");
    if ("ledger" in line) head = line.ledger.head;
    else if ("event" in line) {
      const row = toRow(line.event);
      const reason = check.next(row);
      if (reason !== undefined) throw refuse(reason);
      count.events++;
      await events.add(row);
      if (row.seq % PAGE === 0) onProgress(row.seq, head?.seq ?? 0);
    } else if ("fence" in line) {
      count.fences++;
      await fences.add(line.fence);
    } else if ("effect" in line) {
      count.effects++;
      await effects.add({ ...line.effect, body: canonicalJson(line.effect.body) });
    } else {
      ended = true;
      if (canonicalJson(line.end) !== canonicalJson(count)) throw refuse("lines are missing");
    }
  }
  if (!ended) throw refuse("the end is missing: it was cut off");
  if (head?.hash !== check.head.hash) throw refuse("the chain does not end where the heading says");
  await events.flush();
  await fences.flush();
  await effects.flush();
  onProgress(check.head.seq, check.head.seq);
  return { head: check.head, ...count };
}

async function* pages<T>(next: (last: T | undefined) => Promise<T[]>): AsyncGenerator<T> {
  let page: T[] = await next(undefined);
  while (page.length > 0) {
    yield* page;
    page = page.length < PAGE ? [] : await next(page.at(-1));
  }
}

/** Rows gathered into writes of a bounded size. */
class Pile<T> {
  readonly #write: (rows: readonly T[]) => Promise<void>;
  #rows: T[] = [];

  constructor(write: (rows: readonly T[]) => Promise<void>) {
    this.#write = write;
  }

  async add(row: T): Promise<void> {
    this.#rows.push(row);
    if (this.#rows.length >= PAGE) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#rows.length > 0) await this.#write(this.#rows);
    this.#rows = [];
  }
}

function parse(text: string): z.infer<typeof Line> | undefined {
  if (text.length > MAX_LINE_CHARS) return undefined;
  try {
    return Line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const broken = (seq: number, reason: string): Failure =>
  new Failure("corrupt", "The ledger's chain is broken", {
    hint: "Run `bun run ledger verify`; restore an older backup rather than making a new one",
    meta: { seq, reason },
  });
