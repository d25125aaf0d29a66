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
   * A server that breaks down over one request, again and again, while it answers others: such requests can be made on
   * purpose, by who would rather not be judged. Being busy is never the request's fault.
   */
  const blame = (failure: Failure, answeredBefore: number): Failure =>
    failure.code === "provider" && failure.retryable && answered > answeredBefore
      ? new Failure("refused", `${provider.name} fails at this request, and answers others`, {
          owner: "miner",
          meta: failure.meta,
          cause: failure,
        })
      : failure;

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
      try {
        for (let attempt = 1; ; attempt++) {
          try {
            const answer = await once(call, signal, maxBytes);
            answered++;
            return answer;
          } catch (thrown) {
            const failure = Failure.from(thrown);
            // A call that timed out may have been worked on and be paid for: it is not made a second time.
            if (signal.aborted || !failure.retryable || failure.code === "timeout") throw failure;
            if (attempt === ATTEMPTS) throw blame(failure, before);
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
