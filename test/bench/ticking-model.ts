/** A model that costs nothing: each token is the time at which it was made, at a fixed pace. */
import { NO_USAGE } from "../../models/answer/numbered.ts";
import type { Model } from "../../models/model.ts";
import { scriptedCard } from "../../models/scripted/card.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";

export const TICKING = "ticking";
export const TICK_MS = 20;

/** Microseconds since the Unix epoch: processes of one machine agree on it. */
export const microseconds = (): number => Math.round((performance.timeOrigin + performance.now()) * 1_000);

export function tickingModel(clock: Clock): Model {
  const card = scriptedCard({ id: TICKING, seed: 0, contextLength: 1_000_000 });
  const no = async (): Promise<never> => {
    throw new Failure("refused", "it only ticks");
  };
  return {
    status: "ready",
    slots: 4_096,
    card: async () => card,
    load: async () => {},
    async *generate({ limits: { maxTokens } }, { signal } = {}) {
      yield { type: "prefill", seq: 0, done: 1, total: 1 };
      const began = clock.monotonic();
      for (let n = 0; n < maxTokens; n++) {
        // By the beat of the whole answer, so that a late timer does not slow it down.
        const waitMs = began + n * TICK_MS - clock.monotonic();
        if (waitMs > 0) await clock.sleep(waitMs);
        signal?.throwIfAborted();
        yield { type: "tokens", seq: n + 1, tokens: [n & 0xff], text: `${microseconds()} ` };
      }
      const usage = { ...NO_USAGE, promptTokens: 1, completionTokens: maxTokens };
      yield { type: "end", seq: maxTokens + 1, finishReason: "length", usage };
    },
    score: no,
    tokenize: no,
    unload: async () => {},
  };
}
