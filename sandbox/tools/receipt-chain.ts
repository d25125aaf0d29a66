/**
 * Receipts of one session as they come: numbered at once, then chained, signed and stored one after the other behind the
 * callers' back, so that no call waits for a signature or a disk. What cannot be signed or stored fails the session.
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

export class ReceiptChain {
  readonly #options: ReceiptChainOptions;
  readonly #receipts: Receipt[] = [];
  #seq = 0;
  #head = NO_RECEIPT;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: ReceiptChainOptions) {
    this.#options = options;
  }

  /** The number of the receipt to come. */
  get next(): number {
    return this.#seq;
  }

  /** Its number in the session. `texts` are stored as blobs: canonical JSON of what the receipt has digests of. */
  append(draft: ReceiptDraft, texts: readonly string[] = []): number {
    const { session, signer, blobs, clock } = this.#options;
    const seq = this.#seq++;
    const at = clock.now();
    const before = this.#tail;
    this.#tail = (async () => {
      await before;
      await Promise.all(texts.map((text) => blobs.put(text, { mediaType: "application/json" })));
      const detail = draft.detail as Receipt["detail"];
      const unsigned = { session, seq, prev: this.#head, ...draft, detail, at, signer: signer.hotkey };
      const receipt: Receipt = { ...unsigned, signature: await signer.sign(receiptMessage(unsigned)) };
      this.#head = receiptDigest(receipt);
      this.#receipts.push(receipt);
    })();
    this.#tail.catch(() => {}); // told by whoever asks for the book
    return seq;
  }

  /** Everything appended so far, signed and stored, with the digest of the last. Throws what went wrong meanwhile. */
  async book(): Promise<{ book: ReceiptBook; text: string; head: string }> {
    await this.#tail;
    const book: ReceiptBook = { version: 1, session: this.#options.session, receipts: this.#receipts };
    return { book, text: canonicalJson(book), head: this.#head };
  }
}
