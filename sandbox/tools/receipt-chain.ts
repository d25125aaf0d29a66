/**
 * Receipts of one session as they come: numbered at once, what they are of stored at once, chained and signed when the
 * session ends. A signature takes half a millisecond, and no program's time is spent on it. What cannot be signed or
 * stored fails the session.
 */
import { canonicalJson } from "../../protocol/canonical.ts";
import {
  NO_RECEIPT,
  type Receipt,
  type ReceiptBook,
  receiptDigest,
  receiptMessage,
} from "../../protocol/receipt.ts";
import type { Blobs, Clock } from "../../runtime/ports/index.ts";

/** Whoever answers for the receipts: a hotkey, or a key of the node's own. */
export interface ReceiptSigner {
  /** SS58 address. */
  readonly hotkey: string;
  /** Hex signature, `0x…`. */
  sign(message: Uint8Array): Promise<string>;
}

export interface ReceiptDraft extends Pick<Receipt, "kind" | "request" | "response" | "failure" | "cost"> {
  /** A JSON object. */
  detail: object;
}

export interface ReceiptChainOptions {
  session: string;
  signer: ReceiptSigner;
  blobs: Blobs;
  clock: Clock;
}

/** Signatures between two looks at everything else that this process has to do. */
const SLICE = 16;

export class ReceiptChain {
  readonly #options: ReceiptChainOptions;
  readonly #drafts: (ReceiptDraft & { at: number })[] = [];
  #stored: Promise<void> = Promise.resolve();
  #book: ReturnType<ReceiptChain["book"]> | undefined;

  constructor(options: ReceiptChainOptions) {
    this.#options = options;
  }

  /** The number of the receipt to come. */
  get next(): number {
    return this.#drafts.length;
  }

  /** Its number in the session. `texts` are stored as blobs: canonical JSON of what the receipt has digests of. */
  append(draft: ReceiptDraft, texts: readonly string[] = []): number {
    const { blobs, clock } = this.#options;
    if (texts.length > 0) {
      // One receipt after the other: a thousand calls at once must not open a thousand files at once.
      const before = this.#stored;
      this.#stored = (async () => {
        await before;
        await Promise.all(texts.map((text) => blobs.put(text, { mediaType: "application/json" })));
      })();
      this.#stored.catch(() => {}); // told by whoever asks for the book
    }
    return this.#drafts.push({ ...draft, at: clock.now() }) - 1;
  }

  /** Everything appended, signed and stored, with the digest of the last. Nothing can be appended afterwards. */
  book(): Promise<{ text: string; head: string }> {
    this.#book ??= this.#sign();
    return this.#book;
  }

  async #sign(): Promise<{ text: string; head: string }> {
    const { session, signer, clock } = this.#options;
    await this.#stored;
    const receipts: Receipt[] = [];
    let prev = NO_RECEIPT;
    for (const [seq, draft] of this.#drafts.entries()) {
      const detail = draft.detail as Receipt["detail"];
      const unsigned = { session, seq, prev, ...draft, detail, signer: signer.hotkey };
      const receipt: Receipt = { ...unsigned, signature: await signer.sign(receiptMessage(unsigned)) };
      prev = receiptDigest(receipt);
      receipts.push(receipt);
      if (receipts.length % SLICE === 0) await clock.sleep(0);
    }
    const book: ReceiptBook = { version: 1, session, receipts };
    return { text: canonicalJson(book), head: prev };
  }
}
