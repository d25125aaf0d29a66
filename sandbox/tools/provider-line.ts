/** The line of calls to one provider: so many at once, the rest in order, each tried again when that may help. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { Turns } from "../turns.ts";
import type { ToolCall } from "./call.ts";
import type { ProviderAnswer, ToolProvider } from "./provider.ts";

const ATTEMPTS = 3;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
/** How long a provider may take to answer. */
const LLM_MS = 120_000;
const OTHERS_MS = 30_000;
const FULL_RETRY_MS = 1_000;
/** Who asks for more must expect to wait longer than that. */
const LONG_ANSWER_TOKENS = 4_096;

/** So long without an answer to anybody is no coincidence. */
const SILENT_MS = 20_000;
const isLong = (call: ToolCall): boolean =>
  call.tool === "llm_chat" && call.arguments.max_output_tokens > LONG_ANSWER_TOKENS;

export interface Line {
  readonly provider: ToolProvider;
  ask(call: ToolCall, options: { signal: AbortSignal; maxBytes: number }): Promise<ProviderAnswer>;
}

export function lineTo(options: { provider: ToolProvider; clock: Clock; maxWaiting: number }): Line {
  const { provider, clock, maxWaiting } = options;
  const turns = new Turns({
    slots: provider.parallel,
    maxWaiting,
    what: `a call to ${provider.name}`,
    retryAfterMs: FULL_RETRY_MS,
  });

  /** Calls that were answered, of all sessions. */
  let answered = 0;

  /**
   * A server that breaks down over one request, again and again, or never ends with it, while it answers others: such
   * requests can be made on purpose, by who would rather not be judged. Being busy is never the request's fault.
   */
  const blame = (failure: Failure, call: ToolCall, answeredBefore: number): Failure => {
    const others = answered > answeredBefore;
    if (failure.code === "provider" && failure.retryable && others) {
      return new Failure("refused", `${provider.name} fails at this request, and answers others`, {
        ...{ owner: "miner", meta: failure.meta, cause: failure },
      });
    }
    if (failure.code === "timeout" && (others || isLong(call))) {
      const { message, meta, retryAfterMs, cause } = failure;
      return new Failure("timeout", message, { owner: "miner", meta, retryAfterMs, cause });
    }
    return failure;
  };

  /** Of a call that the program could wait for no longer: whether nobody was answered in all that time. */
  const silent = (call: ToolCall, answeredBefore: number, began: number): Failure | undefined =>
    clock.monotonic() - began >= SILENT_MS && answered === answeredBefore && !isLong(call)
      ? new Failure("timeout", `${provider.name} answered nobody`, {
          owner: "provider",
          meta: { silentMs: SILENT_MS },
        })
      : undefined;

  async function once(call: ToolCall, signal: AbortSignal, maxBytes: number): Promise<ProviderAnswer> {
    const late = new AbortController();
    const limitMs = call.tool === "llm_chat" ? LLM_MS : OTHERS_MS;
    const timer = clock.after(limitMs, () => late.abort());
    try {
      return await provider.call(call, { signal: AbortSignal.any([signal, late.signal]), maxBytes });
    } catch (thrown) {
      if (signal.aborted || !late.signal.aborted) throw thrown;
      throw new Failure("timeout", `${provider.name} did not answer in time`, {
        meta: { limitMs },
        owner: "provider",
        retryAfterMs: LONGEST_WAIT_MS,
        cause: thrown,
      });
    } finally {
      timer.cancel();
    }
  }

  return {
    provider,
    async ask(call, { signal, maxBytes }) {
      const release = await turns.take(signal);
      const before = answered;
      const began = clock.monotonic();
      try {
        for (let attempt = 1; ; attempt++) {
          try {
            const answer = await once(call, signal, maxBytes);
            answered++;
            return answer;
          } catch (thrown) {
            const failure = Failure.from(thrown);
            // A call that timed out may have been worked on and be paid for: it is not made a second time.
            if (signal.aborted) throw silent(call, before, began) ?? failure;
            if (!failure.retryable) throw failure;
            if (attempt === ATTEMPTS || failure.code === "timeout") throw blame(failure, call, before);
            const wait = failure.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1);
            if (wait > LONGEST_WAIT_MS) throw failure;
            await clock.sleep(wait, signal);
          }
        }
      } finally {
        release();
      }
    },
  };
}
