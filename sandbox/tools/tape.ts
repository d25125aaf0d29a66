/**
 * Record and replay by request hash: what a provider once answered, kept under the digest of the request and how many
 * equal requests the session made before. Whoever replays a tape judges the same evidence as whoever recorded it.
 */
import { z } from "zod";
import { BlobRef } from "../../protocol/blob.ts";
import { canonicalJson, sha256 } from "../../protocol/canonical.ts";
import { Failure, WireFailure } from "../../protocol/failure.ts";
import { ReceiptBook } from "../../protocol/receipt.ts";
import { ToolReceiptDetail } from "../../protocol/tools.ts";
import type { Blobs, Store } from "../../runtime/ports/index.ts";
import { RecordedAnswer } from "./recorded-answer.ts";

export type TapeEntry = { answer: RecordedAnswer } | { failure: WireFailure };
/** As it is kept: an answer is a blob anyway, the one that its receipt has the digest of. */
const StoredEntry = z.union([z.object({ ref: BlobRef }), z.object({ failure: WireFailure })]);
type StoredEntry = z.infer<typeof StoredEntry>;

export interface Tape {
  find(key: string): Promise<TapeEntry | undefined>;
  /** Keeps what was answered; absent where nothing is recorded. */
  keep?(key: string, entry: TapeEntry): Promise<void>;
  /**
   * Runs `ask`, unless the same is being asked by another session already: then waits for that and returns undefined,
   * whatever came of it, for the caller to look again.
   */
  once?<T>(key: string, ask: () => Promise<T>, signal: AbortSignal): Promise<T | undefined>;
}

/** `request` is the digest of the call, `nth` how many equal ones came before it in its session. */
export const tapeKey = (request: string, nth: number): string => `${request}.${nth}`;

/** Scopes kept; the oldest goes when another comes. */
const MOST_SCOPES = 256;
const PAGE = 1_000;
const BY_AGE = "tape-scopes/";
const DIGITS = 12;
const folderOf = (scope: string): string => `tape/${scope}/`;

/** Tapes of a node, which go on being recorded: one for each scope, such as a task, so that a later task has news. */
export function storeTapes(options: {
  store: Store;
  blobs: Blobs;
  mostScopes?: number;
}): (scope: string) => Tape {
  const { store, blobs, mostScopes = MOST_SCOPES } = options;
  const begun = new Set<string>();
  const asking = new Map<string, Promise<unknown>>();
  const remove = (entry: string): void => {
    const scope = entry.slice(BY_AGE.length + DIGITS + 1);
    for (;;) {
      const keys = store.list(folderOf(scope), PAGE);
      for (const key of keys) store.delete(key);
      if (keys.length < PAGE) break;
    }
    store.delete(entry);
    begun.delete(scope);
  };
  const begin = (scope: string): void => {
    if (begun.has(scope)) return;
    const byAge = store.list(BY_AGE, mostScopes + 1);
    if (!byAge.some((entry) => entry.endsWith(scope))) {
      const newest = byAge.at(-1)?.slice(BY_AGE.length, BY_AGE.length + DIGITS) ?? "0";
      const number = String(Number(newest) + 1).padStart(DIGITS, "0");
      store.put(`${BY_AGE}${number}.${scope}`, new Uint8Array());
      for (const entry of byAge.slice(0, Math.max(0, byAge.length + 1 - mostScopes))) remove(entry);
    }
    begun.add(scope);
  };
  return (name) => {
    const scope = sha256(name);
    return {
      async find(key) {
        const bytes = store.get(folderOf(scope) + key);
        if (bytes === undefined) return undefined;
        return await entryOf(StoredEntry.parse(JSON.parse(new TextDecoder().decode(bytes))), blobs);
      },
      async once(key, ask, signal) {
        const at = folderOf(scope) + key;
        const other = asking.get(at);
        if (other !== undefined) {
          await abandonable(other, signal);
          return undefined;
        }
        const work = ask();
        asking.set(at, work);
        try {
          return await work;
        } finally {
          asking.delete(at);
        }
      },
      async keep(key, entry) {
        const stored: StoredEntry =
          "failure" in entry ? entry : { ref: await putAnswer(entry.answer, blobs) };
        begin(scope);
        store.put(folderOf(scope) + key, new TextEncoder().encode(canonicalJson(stored)));
      },
    };
  };
}

/** Waits for the end of somebody else's work, however it ends, or for the signal. */
async function abandonable(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const gone = Promise.withResolvers<void>();
  const leave = () => gone.resolve();
  signal.addEventListener("abort", leave, { once: true });
  try {
    await Promise.race([work.catch(() => {}), gone.promise]);
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

/** The receipts of an earlier session as a tape. Answers are read when they are asked for. */
export async function bookTape(blobs: Blobs, ref: BlobRef): Promise<Tape> {
  const book = ReceiptBook.safeParse(await readJson(blobs, ref));
  if (!book.success) {
    throw new Failure("corrupt", "the tape is no book of receipts", { meta: { sha256: ref.sha256 } });
  }
  const entries = new Map<string, StoredEntry>();
  const seen = new Map<string, number>();
  for (const { request, response, detail } of book.data.receipts) {
    const known = ToolReceiptDetail.safeParse(detail);
    if (!known.success || known.data.origin === "gateway") continue;
    const nth = seen.get(request) ?? 0;
    seen.set(request, nth + 1);
    const { failure, sizes } = known.data;
    if (response !== null) {
      entries.set(tapeKey(request, nth), { ref: { sha256: response, size: sizes.response } });
    } else if (failure !== undefined) entries.set(tapeKey(request, nth), { failure });
  }
  return {
    async find(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      const found = await entryOf(entry, blobs);
      if (found !== undefined) return found;
      throw new Failure("unavailable", "an answer of the tape is not here", { meta: { key } });
    },
  };
}

const putAnswer = (answer: RecordedAnswer, blobs: Blobs): Promise<BlobRef> =>
  blobs.put(canonicalJson(answer), { mediaType: "application/json" });

/** Undefined for an answer whose blob is gone. */
async function entryOf(stored: StoredEntry, blobs: Blobs): Promise<TapeEntry | undefined> {
  if ("failure" in stored) return stored;
  try {
    return { answer: RecordedAnswer.parse(await readJson(blobs, stored.ref)) };
  } catch (thrown) {
    if (Failure.from(thrown).code === "not-found") return undefined;
    throw thrown;
  }
}

async function readJson(blobs: Blobs, ref: BlobRef): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await blobs.get(ref)));
}
