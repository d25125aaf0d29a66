/** Checks a book of receipts with nothing at hand but the book: form, chain, signatures, prices, sums and budget. */
import { z } from "zod";
import { canonicalJson, digest, sha256 } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import type { ModelCard } from "../../protocol/model.ts";
import {
  NO_RECEIPT,
  type Receipt,
  ReceiptBook,
  receiptDigest,
  receiptMessage,
} from "../../protocol/receipt.ts";
import { parseStrictJson } from "../../protocol/strict-json.ts";
import { ToolProfile, ToolReceiptDetail } from "../../protocol/tools.ts";
import { NOTHING, plus, type Spend, UNITS } from "./account.ts";
import { answeredBy, ModelCards } from "./answered-by.ts";
import { PriceBook, priceOf, priceStamp } from "./price-book.ts";
import { RecordedAnswer } from "./recorded-answer.ts";

export interface VerifyOptions {
  /** Whether the SS58 address signed these bytes. */
  verify: (address: string, message: Uint8Array, signature: string) => Promise<boolean>;
  /** Demands this signer. Without it, whoever signed the first receipt must have signed all. */
  signer?: string | undefined;
  /** Requests and answers by digest, when they are at hand; undefined for one that is missing. */
  text?: (sha256: string) => Promise<Uint8Array | undefined>;
}

export type ReceiptsVerdict =
  | {
      ok: true;
      session: string;
      signer: string;
      calls: number;
      failed: number;
      spent: Omit<Spend, "calls">;
      /** Requests and answers that were compared with their digests. */
      texts: number;
    }
  /** `receipt` is the number of the first that is wrong; null when it is the file as a whole. */
  | { ok: false; receipt: number | null; reason: string };

const OpenDetail = z.object({ profile: ToolProfile, prices: PriceBook });
const CloseDetail = z.object({
  calls: z.number(),
  failed: z.number(),
  spent: z.object({ nanoUsd: z.number(), tokens: z.number(), bytes: z.number() }),
  unrecorded: z.number().int().nonnegative(),
  cards: ModelCards.optional(),
});
const MOST = 64 * 1024 * 1024;

/** Thrown and caught in here. */
class Wrong extends Error {
  readonly receipt: number | null;
  constructor(receipt: number | null, reason: string) {
    super(reason);
    this.receipt = receipt;
  }
}

/** Never throws for what is in the file: the first thing that is wrong is named. */
export async function verifyReceipts(file: Uint8Array, options: VerifyOptions): Promise<ReceiptsVerdict> {
  try {
    return await verifyBook(readBook(file), options);
  } catch (thrown) {
    if (thrown instanceof Wrong) return { ok: false, receipt: thrown.receipt, reason: thrown.message };
    if (thrown instanceof Failure && thrown.code === "policy") {
      return { ok: false, receipt: null, reason: thrown.message }; // a model without a price
    }
    throw thrown;
  }
}

function readBook(file: Uint8Array): ReceiptBook {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file);
    value = parseStrictJson(text, { maxLength: MOST });
  } catch (thrown) {
    throw new Wrong(null, thrown instanceof Failure ? thrown.toLine() : "the file is not UTF-8");
  }
  const book = ReceiptBook.safeParse(value);
  if (!book.success) {
    const issue = book.error.issues[0];
    const at = issue?.path[0] === "receipts" && typeof issue.path[1] === "number" ? issue.path[1] : null;
    throw new Wrong(
      at,
      `${(issue?.path ?? []).map(String).join(".") || "the file"}: ${issue?.message ?? "is no book"}`,
    );
  }
  const canonical = canonicalJson(value);
  if (canonical !== text) {
    const at = [...text].findIndex((character, index) => character !== canonical[index]);
    throw new Wrong(null, `the file is not canonical JSON, from character ${Math.max(0, at)} on`);
  }
  return book.data;
}

async function verifyBook(book: ReceiptBook, options: VerifyOptions): Promise<ReceiptsVerdict> {
  const { session, receipts } = book;
  const signer = await verifyChain(book, options);
  const { profile, prices } = opening(receipts[0]!);
  const calls = receipts.slice(1, -1);
  const cards = new Set(cardsOf(book).map(digest));
  let spent = NOTHING;
  let texts = 0;
  for (const receipt of calls) {
    const detail = callDetail(receipt, prices);
    const card = detail.answeredBy?.card;
    if (card !== undefined && !cards.has(card)) {
      throw new Wrong(
        receipt.seq,
        `it names the model's card ${card}, which the session's end does not show`,
      );
    }
    texts += await compareTexts(receipt, detail, options.text);
    const { nanoUsd = 0, tokens = 0, bytes = 0 } = receipt.cost ?? {};
    spent = plus(spent, { nanoUsd, tokens, bytes, calls: 1 });
    const over = UNITS.find((unit) => spent[unit] > profile.budget[unit]);
    if (over !== undefined) {
      throw new Wrong(receipt.seq, `with it the session has spent more ${over} than its budget`);
    }
  }
  const failed = calls.filter(({ failure }) => failure !== null).length;
  const { calls: made, ...sums } = spent;
  closing(receipts.at(-1)!, { calls: made, failed, spent: sums });
  return { ok: true, session, signer, calls: made, failed, spent: sums, texts };
}

/** Who signed all of them. */
async function verifyChain({ session, receipts }: ReceiptBook, options: VerifyOptions): Promise<string> {
  const signer = options.signer ?? receipts[0]!.signer;
  let prev = NO_RECEIPT;
  for (const [seq, receipt] of receipts.entries()) {
    const wrong = (reason: string) => new Wrong(seq, reason);
    if (receipt.session !== session) throw wrong(`it belongs to session ${receipt.session}`);
    if (receipt.seq !== seq) {
      throw wrong(`it has the number ${receipt.seq}: a receipt is missing or out of place`);
    }
    if (receipt.prev !== prev) throw wrong("it does not name the digest of the receipt before it");
    if (receipt.signer !== signer) throw wrong(`it is signed by ${receipt.signer}, not by ${signer}`);
    if (!(await options.verify(signer, receiptMessage(receipt), receipt.signature))) {
      throw wrong("its signature is not that of its content");
    }
    prev = receiptDigest(receipt);
  }
  return signer;
}

function opening(receipt: Receipt): z.infer<typeof OpenDetail> {
  if (receipt.kind !== "session.open") throw new Wrong(0, "it does not open the session");
  const detail = OpenDetail.safeParse(receipt.detail);
  if (!detail.success) throw new Wrong(0, "it tells no grant and no prices");
  if (digest(detail.data.profile) !== receipt.request) {
    throw new Wrong(0, "its request is not the digest of the grant");
  }
  return detail.data;
}

/** Of the models that answered, as the session's last receipt shows them. None for a book that has none, or is broken. */
export function cardsOf({ receipts }: ReceiptBook): ModelCard[] {
  const detail = CloseDetail.safeParse(receipts.at(-1)?.detail);
  return detail.success ? (detail.data.cards ?? []) : [];
}

/** A book that ends early is a book of which something was torn out. */
function closing(receipt: Receipt, sums: Omit<z.infer<typeof CloseDetail>, "unrecorded" | "cards">): void {
  const wrong = (reason: string) => new Wrong(receipt.seq, reason);
  if (receipt.kind !== "session.close") throw wrong("it does not close the session: receipts are missing");
  const detail = CloseDetail.safeParse(receipt.detail);
  if (!detail.success) throw wrong("it tells no sums");
  const { unrecorded: _, cards: __, ...told } = detail.data;
  if (canonicalJson(told) !== canonicalJson(sums)) {
    throw wrong(`its sums ${canonicalJson(told)} are not those of the receipts, ${canonicalJson(sums)}`);
  }
}

/** The price must follow from the session's prices and the usage. */
function callDetail(receipt: Receipt, prices: PriceBook): ToolReceiptDetail {
  const wrong = (reason: string) => new Wrong(receipt.seq, reason);
  const parsed = ToolReceiptDetail.safeParse(receipt.detail);
  if (!parsed.success || !receipt.kind.startsWith("tool.")) throw wrong("it is no receipt of a call");
  const detail = parsed.data;
  if (detail.prices !== priceStamp(prices)) throw wrong("it names other prices than those of the session");
  if ((detail.failure?.code ?? null) !== receipt.failure) throw wrong("it tells two different failures");
  const price = detail.usage === null ? 0 : priceOf(prices, detail, detail.usage);
  const charged = (receipt.cost?.nanoUsd ?? 0) + detail.beyond;
  if (price !== charged) throw wrong(`it charges ${charged} where prices and usage make ${price}`);
  return detail;
}

/** Compares request and answer with their digests, and the answer with what the receipt tells of it. How many there were. */
async function compareTexts(
  receipt: Receipt,
  detail: ToolReceiptDetail,
  text: VerifyOptions["text"],
): Promise<number> {
  if (text === undefined || detail.tool === "") return 0;
  const wrong = (reason: string) => new Wrong(receipt.seq, reason);
  const read = async (what: string, sha: string, size: number): Promise<unknown> => {
    const bytes = await text(sha);
    if (bytes === undefined) throw wrong(`its ${what} ${sha} is missing`);
    if (sha256(bytes) !== sha || bytes.length !== size) throw wrong(`its ${what} ${sha} was changed`);
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      throw wrong(`its ${what} ${sha} is no JSON`);
    }
  };
  const request = z
    .object({ tool: z.string(), arguments: z.object({ model: z.string().optional() }) })
    .safeParse(await read("request", receipt.request, detail.sizes.request));
  if (request.data?.tool !== detail.tool || request.data.arguments.model !== detail.model) {
    throw wrong("its request is for something else");
  }
  if (receipt.response === null) return 1;
  const answer = RecordedAnswer.safeParse(await read("answer", receipt.response, detail.sizes.response));
  if (!answer.success) throw wrong("its answer is none");
  const { usage, results, answering } = answer.data;
  const by = answering === undefined ? undefined : answeredBy(answering);
  if (canonicalJson(by ?? null) !== canonicalJson(detail.answeredBy ?? null)) {
    throw wrong("it tells another model than its answer");
  }
  if (usage !== null && canonicalJson(usage) !== canonicalJson(detail.usage)) {
    throw wrong("it tells another usage than its answer");
  }
  const told = detail.results.map(({ url, title, note }) => ({ url, title, note }));
  if (detail.failure === undefined && canonicalJson(told) !== canonicalJson(results)) {
    throw wrong("it tells other results than its answer");
  }
  return 2;
}
