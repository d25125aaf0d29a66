/**
 * Record and replay by request hash: what a provider once answered, kept under the digest of the request and how many
 * equal requests the session made before. Whoever replays a tape judges the same evidence as whoever recorded it.
 */
import { z } from "zod";
import type { BlobRef } from "../../protocol/blob.ts";
import { canonicalJson, sha256 } from "../../protocol/canonical.ts";
import { Failure, WireFailure } from "../../protocol/failure.ts";
import { ReceiptBook } from "../../protocol/receipt.ts";
import { ToolReceiptDetail } from "../../protocol/tools.ts";
import type { Blobs, Store } from "../../runtime/ports/index.ts";
import { RecordedAnswer } from "./recorded-answer.ts";

const TapeEntry = z.union([z.object({ answer: RecordedAnswer }), z.object({ failure: WireFailure })]);
export type TapeEntry = z.infer<typeof TapeEntry>;

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
export function storeTapes(store: Store, mostScopes = MOST_SCOPES): (scope: string) => Tape {
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
        return bytes === undefined ? undefined : TapeEntry.parse(JSON.parse(new TextDecoder().decode(bytes)));
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
        begin(scope);
        store.put(folderOf(scope) + key, new TextEncoder().encode(canonicalJson(entry)));
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
  const entries = new Map<string, { failure: WireFailure } | { ref: BlobRef }>();
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
      if (entry === undefined || "failure" in entry) return entry;
      return { answer: RecordedAnswer.parse(await readJson(blobs, entry.ref)) };
    },
  };
}

async function readJson(blobs: Blobs, ref: BlobRef): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await blobs.get(ref)));
}
