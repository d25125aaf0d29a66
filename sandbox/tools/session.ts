/**
 * One session of tool calls: the single writer of its budget and its receipts. Every call goes the same way: it is counted,
 * read, allowed, and its worst case reserved; then it waits its turn, is answered, settled, and put on record.
 */
import { canonicalJson, digest, sha256 } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import type { ModelCard } from "../../protocol/model.ts";
import type { ToolProfile, ToolUsage } from "../../protocol/tools.ts";
import type { Clock, Timer } from "../../runtime/ports/index.ts";
import { asciiJson } from "../python/program.ts";
import type { Turns } from "../turns.ts";
import { Account, NOTHING, type Spend } from "./account.ts";
import { answerText, errorText } from "./answer.ts";
import { MAX_CARDS } from "./answered-by.ts";
import { parseCall, type ToolCall } from "./call.ts";
import { type CallInProgress, callReceipt } from "./call-receipt.ts";
import type { OnReceipt, OpenToolSession } from "./open-session.ts";
import {
  answerBytes,
  NO_USAGE,
  type PriceBook,
  pricedAs,
  priceOf,
  worstCase,
  worstUsage,
} from "./price-book.ts";
import type { Line } from "./provider-line.ts";
import type { ReceiptChain, ReceiptDraft } from "./receipt-chain.ts";
import { plainAnswer, type RecordedAnswer, recordedAnswer } from "./recorded-answer.ts";
import { type Tape, tapeKey } from "./tape.ts";
import { toolingInfo } from "./tooling-info.ts";

export interface SessionOptions {
  session: string;
  profile: ToolProfile;
  prices: PriceBook;
  clock: Clock;
  chain: ReceiptChain;
  /** Turns of this session's own calls. */
  turns: Turns;
  lineFor: (tool: ToolCall["tool"], model?: string) => Line | undefined;
  tape: { tape: Tape; only: boolean } | undefined;
  onReceipt: OnReceipt | undefined;
  /** Keeps the book of receipts. */
  keep: (book: string) => Promise<Awaited<ReturnType<OpenToolSession["close"]>>["evidence"]["receipts"]>;
}

/** What a call came to when it was paid for: a provider that did not answer may all the same have done the work. */
const MAYBE_PAID: readonly Failure["code"][] = ["timeout", "cancelled", "limit", "expired"];
/** What a call waits for its refusal once no more are granted. */
const REFUSAL_MS = 50;
/** Failures that say nothing about the program, unless they are its own: see provider-line.ts for which. */
const NOBODYS: readonly Failure["code"][] = [
  ...(["provider", "timeout", "unavailable", "overloaded", "storage", "defect"] as const),
];

export class BudgetedSession implements OpenToolSession {
  readonly #options: SessionOptions;
  readonly #account: Account;
  readonly #ended = new AbortController();
  readonly #timer: Timer;
  readonly #seen = new Map<string, number>();
  readonly #calls = new Set<Promise<unknown>>();
  /** Of the models that answered, by digest. */
  readonly #cards = new Map<string, ModelCard>();
  #made = 0;
  #failed = 0;
  #unrecorded = 0;
  #fault: Failure | undefined;
  #closing: ReturnType<OpenToolSession["close"]> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { clock, profile, prices } = options;
    this.#account = new Account(profile.budget);
    const { wallMs } = profile.budget;
    this.#timer = clock.after(wallMs, () => {
      this.#ended.abort(
        new Failure("limit", "the session's time is over", { meta: { unit: "wallMs", budget: wallMs } }),
      );
    });
    const detail = { profile, prices };
    const request = sha256(canonicalJson(profile));
    this.#record({ kind: "session.open", request, response: null, failure: null, detail });
  }

  call(request: string, { signal }: { signal: AbortSignal }): Promise<string> {
    const work = this.#call(request, AbortSignal.any([signal, this.#ended.signal]));
    this.#calls.add(work);
    return work.finally(() => this.#calls.delete(work));
  }

  close(): ReturnType<OpenToolSession["close"]> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): ReturnType<OpenToolSession["close"]> {
    this.#timer.cancel();
    this.#ended.abort(new Failure("expired", "the session is closed", { owner: "miner" }));
    await Promise.allSettled(this.#calls);
    const { nanoUsd, tokens, bytes } = this.#account.spent;
    const spent = { nanoUsd, tokens, bytes };
    const sums = { calls: this.#made, failed: this.#failed, spent };
    this.#record({
      kind: "session.close",
      request: sha256(canonicalJson(sums)),
      response: null,
      failure: this.#fault?.code ?? null,
      detail: {
        ...{ ...sums, unrecorded: this.#unrecorded },
        ...(this.#cards.size === 0 ? {} : { cards: [...this.#cards.values()] }),
      },
    });
    const { text, head } = await this.#options.chain.book();
    return { evidence: { receipts: await this.#options.keep(text), head, ...sums }, fault: this.#fault };
  }

  async #call(text: string, signal: AbortSignal): Promise<string> {
    const entry: Spend = { ...NOTHING, calls: 1, bytes: text.length };
    try {
      this.#ended.signal.throwIfAborted();
      this.#account.reserve(entry).settle(entry);
    } catch (thrown) {
      // Without a receipt, and not at once: a program could otherwise have them written, and this process kept busy, for ever.
      this.#unrecorded++;
      await this.#options.clock.sleep(REFUSAL_MS, signal).catch(() => {});
      return errorText(Failure.from(thrown), null, this.#account);
    }
    const { clock, turns, prices } = this.#options;
    const call: CallInProgress = { text, began: clock.monotonic(), origin: "gateway", provider: null };
    try {
      call.asked = parseCall(text);
      call.request = canonicalJson(call.asked);
      this.#permit(call.asked);
      call.reservation = this.#account.reserve({ ...worstCase(prices, call.asked, 0), calls: 0 });
      const release = await turns.take(signal);
      try {
        call.answer = await this.#answer(call, call.asked, sha256(call.request), signal);
      } finally {
        release();
      }
      return this.#finish(call);
    } catch (thrown) {
      return this.#finish(call, this.#reason(thrown, signal));
    }
  }

  #permit(call: ToolCall): void {
    const { profile } = this.#options;
    if (!profile.tools.includes(call.tool)) {
      throw new Failure("policy", `this task does not grant ${call.tool}`, {
        hint: `It grants ${profile.tools.join(", ")}.`,
      });
    }
    if (call.tool !== "llm_chat" || profile.models.includes(call.arguments.model)) return;
    throw new Failure("policy", "this task does not grant that model", {
      meta: { model: call.arguments.model },
      hint: `It grants ${profile.models.join(", ") || "none"}.`,
    });
  }

  /** From the gateway itself, the tape or a provider; `call` notes which before it may fail. */
  async #answer(
    call: CallInProgress,
    asked: ToolCall,
    request: string,
    signal: AbortSignal,
  ): Promise<RecordedAnswer> {
    const { profile, prices, tape } = this.#options;
    if (asked.tool === "tooling_info") return plainAnswer(toolingInfo(profile, prices));
    if (asked.tool === "test_tool") return plainAnswer({ status: "ok", echo: asked.arguments.message });

    const nth = this.#seen.get(request) ?? 0;
    this.#seen.set(request, nth + 1);
    const key = tapeKey(request, nth);
    const recall = async (): Promise<RecordedAnswer | undefined> => {
      const kept = await tape?.tape.find(key);
      if (kept === undefined) return undefined;
      call.origin = "tape";
      if ("failure" in kept) throw Failure.fromWire(kept.failure);
      return kept.answer;
    };
    for (;;) {
      const recalled = await recall();
      if (recalled !== undefined) return recalled;
      if (tape?.only) {
        throw new Failure("not-found", "this call is not on the tape that answers this session", {
          meta: { tool: asked.tool, nth },
          owner: "miner",
        });
      }
      const ask = () => this.#ask(call, asked, key, signal);
      const answer = await (tape?.tape.once?.(key, ask, signal) ?? ask());
      if (answer !== undefined) return answer;
    }
  }

  /** Of the provider, and keeps what will be the same for everybody. */
  async #ask(
    call: CallInProgress,
    asked: ToolCall,
    key: string,
    signal: AbortSignal,
  ): Promise<RecordedAnswer> {
    const { tape, lineFor } = this.#options;
    const line = lineFor(asked.tool, asked.tool === "llm_chat" ? asked.arguments.model : undefined);
    if (line === undefined) throw new Failure("defect", `there is no provider of ${asked.tool}`);
    call.origin = "provider";
    call.provider = line.provider.name;
    try {
      const answer = recordedAnswer(await line.ask(asked, { signal, maxBytes: answerBytes(asked) }));
      await tape?.tape.keep?.(key, { answer });
      return answer;
    } catch (thrown) {
      const failure = Failure.from(thrown);
      // A page that does not exist does not exist for anybody: that is evidence as well.
      if (failure.owner === "miner" && !failure.retryable) {
        await tape?.tape.keep?.(key, { failure: failure.toWire() });
      }
      throw failure;
    }
  }

  /** Settles, records, and words what the program is told. */
  #finish(call: CallInProgress, failed?: Failure): string {
    const { session, prices, clock, chain } = this.#options;
    const { asked, answer, reservation } = call;
    const size = answer === undefined ? 0 : asciiJson(given(answer)).length;
    let failure = failed;
    if (asked !== undefined && failure === undefined && size > answerBytes(asked)) {
      // The provider was paid, and that is on record; what it gave is not handed on.
      failure = new Failure("too-large", "the answer is larger than answers of this tool may be", {
        meta: { size, limit: answerBytes(asked) },
        owner: "provider",
      });
    }
    const { usage, assumed } = usageOf(call, failure);
    const used: Spend =
      asked === undefined || usage === null
        ? NOTHING
        : {
            nanoUsd: priceOf(prices, pricedAs(asked), usage),
            tokens: usage.promptTokens + usage.completionTokens,
            calls: 0,
            bytes: failure === undefined ? size : 0,
          };
    const settled = reservation?.settle(used) ?? { charged: NOTHING, beyond: NOTHING };
    this.#made++;
    this.#showCard(call);
    const { draft, texts, results } = callReceipt({
      ...{ call, failure, usage, assumed, settled, prices },
      id: `${session}.${chain.next}`,
      wallMs: Math.round(clock.monotonic() - call.began),
    });
    const receiptId = `${session}.${this.#record(draft, texts)}`;
    if (failure !== undefined) {
      this.#failed++;
      if (call.origin !== "tape" && failure.owner !== "miner" && NOBODYS.includes(failure.code)) {
        this.#fault ??= failure;
      }
      return errorText(failure, receiptId, this.#account);
    }
    const { nanoUsd } = settled.charged;
    const response = answer?.response ?? null;
    return answerText({ receiptId, response, results, nanoUsd, usage, account: this.#account });
  }

  /** Shown once, at the end of the session; a receipt has its digest. What would be one too many is left out of both. */
  #showCard({ answer }: CallInProgress): void {
    const card = answer?.answering?.card;
    if (card === undefined) return;
    const key = digest(card);
    if (this.#cards.size < MAX_CARDS || this.#cards.has(key)) this.#cards.set(key, card);
    else delete answer?.answering?.card;
  }

  #record(draft: ReceiptDraft, texts: readonly string[] = []): number {
    this.#options.onReceipt?.(draft);
    return this.#options.chain.append(draft, texts);
  }

  #reason(thrown: unknown, signal: AbortSignal): Failure {
    if (thrown instanceof Failure && thrown.code === "timeout") return thrown; // a provider was silent all the while
    if (this.#ended.signal.aborted) return Failure.from(this.#ended.signal.reason);
    if (signal.aborted) return new Failure("cancelled", "the program ended before the answer was there");
    return Failure.from(thrown);
  }
}

/** What counts as the answer's size: what answered is no part of what the program gets. */
const given = ({ answering: _, ...answer }: RecordedAnswer) => answer;

/** What is to be paid for; null for nothing. Assumed is the worst case, where nobody can tell. */
function usageOf(
  { asked, answer, origin, reservation }: CallInProgress,
  failure: Failure | undefined,
): { usage: ToolUsage | null; assumed: boolean } {
  if (asked === undefined || reservation === undefined) return { usage: null, assumed: false };
  if (origin === "gateway") return { usage: failure === undefined ? NO_USAGE : null, assumed: false };
  if (answer !== undefined) {
    return { usage: answer.usage ?? worstUsage(asked), assumed: answer.usage === null };
  }
  const paid = failure !== undefined && MAYBE_PAID.includes(failure.code);
  return { usage: paid ? worstUsage(asked) : null, assumed: paid };
}
