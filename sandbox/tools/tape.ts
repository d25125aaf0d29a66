/**
 * Record and replay by request hash: what a provider once answered, kept under the digest of the request and how many
 * equal requests the session made before. Whoever replays a tape judges the same evidence as whoever recorded it.
 */
import { z } from "zod";
import type { BlobRef } from "../../protocol/blob.ts";
import { canonicalJson } from "../../protocol/canonical.ts";
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
}

/** `request` is the digest of the call, `nth` how many equal ones came before it in its session. */
export const tapeKey = (request: string, nth: number): string => `${request}.${nth}`;

/** A tape that goes on being recorded, for all sessions of a node. */
export function storeTape(store: Store): Tape {
  const at = (key: string) => `tape/${key}`;
  return {
    async find(key) {
      const bytes = store.get(at(key));
      if (bytes === undefined) return undefined;
      return TapeEntry.parse(JSON.parse(new TextDecoder().decode(bytes)));
    },
    async keep(key, entry) {
      store.put(at(key), new TextEncoder().encode(canonicalJson(entry)));
    },
  };
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
