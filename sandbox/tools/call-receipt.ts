/** The receipt of one call: what was asked, of whom, what came of it, what it cost, and what of it can be cited. */
import { canonicalJson, sha256 } from "../../protocol/canonical.ts";
import type { Failure } from "../../protocol/failure.ts";
import type { ToolReceiptDetail, ToolResult, ToolUsage } from "../../protocol/tools.ts";
import type { Reservation } from "./account.ts";
import { answeredBy } from "./answered-by.ts";
import type { ToolCall } from "./call.ts";
import { type PriceBook, priceStamp } from "./price-book.ts";
import type { ReceiptDraft } from "./receipt-chain.ts";
import type { RecordedAnswer } from "./recorded-answer.ts";

/** A call on its way; each step adds what it came to know. */
export interface CallInProgress {
  /** As the program wrote it. */
  readonly text: string;
  readonly began: number;
  origin: ToolReceiptDetail["origin"];
  provider: string | null;
  asked?: ToolCall;
  /** Canonical JSON of `asked`. */
  request?: string;
  reservation?: Reservation;
  answer?: RecordedAnswer;
}

export interface CallReceiptOptions {
  call: CallInProgress;
  /** Of the receipt to come; ids of results derive from it. */
  id: string;
  failure: Failure | undefined;
  usage: ToolUsage | null;
  assumed: boolean;
  settled: ReturnType<Reservation["settle"]>;
  prices: PriceBook;
  wallMs: number;
}

/** `texts` are what the receipt has digests of, to be stored beside it. What cannot be read is known by its digest only. */
export function callReceipt(options: CallReceiptOptions): {
  draft: ReceiptDraft;
  texts: string[];
  results: ToolResult[];
} {
  const { call, id, failure, usage, assumed, settled, prices, wallMs } = options;
  const { asked, request, answer, origin, provider } = call;
  const response = answer === undefined ? undefined : canonicalJson(answer);
  const results =
    failure === undefined
      ? (answer?.results ?? []).map(({ url, title, note }, index) => ({
          index,
          result_id: sha256(`${id}:${index}`).slice(0, 32),
          ...{ url, title, note },
        }))
      : [];
  const detail: ToolReceiptDetail = {
    tool: asked?.tool ?? "",
    ...(asked?.tool === "llm_chat" ? { model: asked.arguments.model } : {}),
    ...{ origin, provider, usage, assumed, results, wallMs },
    ...(answer?.answering === undefined ? {} : { answeredBy: answeredBy(answer.answering) }),
    prices: priceStamp(prices),
    beyond: settled.beyond.nanoUsd,
    sizes: { request: Buffer.byteLength(request ?? call.text), response: Buffer.byteLength(response ?? "") },
    ...(failure === undefined ? {} : { failure: failure.toWire() }),
  };
  return {
    draft: {
      kind: `tool.${asked?.tool ?? "unknown"}`,
      request: sha256(request ?? call.text),
      response: response === undefined ? null : sha256(response),
      failure: failure?.code ?? null,
      cost: {
        nanoUsd: settled.charged.nanoUsd,
        tokens: settled.charged.tokens,
        bytes: settled.charged.bytes + call.text.length,
        calls: 1,
      },
      detail,
    },
    texts: [request, response].filter((text) => text !== undefined),
    results,
  };
}
