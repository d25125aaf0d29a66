/** What one model actor has done, as it tells those who look at it. */
import { Failure } from "../../protocol/failure.ts";
import type { ModelUsage } from "../../protocol/model.ts";
import type { ModelWork } from "../../protocol/services/model.ts";

/** Answers whose beginning is remembered: enough for a 95th percentile, few enough to tell of now. */
const LATEST = 128;

export class Tally {
  #answers = 0;
  #failed = 0;
  #promptTokens = 0;
  #completionTokens = 0;
  /** The oldest is overwritten. */
  readonly #firstMs: number[] = [];
  #begun = 0;

  /** The first token of an answer came this long after it was asked for, in milliseconds. */
  began(ms: number): void {
    this.#firstMs[this.#begun++ % LATEST] = ms;
  }

  gave(tokens: number): void {
    this.#completionTokens += tokens;
  }

  answered({ promptTokens, cachedTokens }: ModelUsage): void {
    this.#answers++;
    this.#promptTokens += Math.max(0, promptTokens - cachedTokens);
  }

  /** What its caller did wrong or gave up is no failure of the model. */
  failed(thrown: unknown): void {
    if (Failure.from(thrown).owner !== "caller") this.#failed++;
  }

  /** A call that is answered at once. */
  async counting<T extends { usage: ModelUsage }>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      this.answered(result.usage);
      return result;
    } catch (thrown) {
      this.failed(thrown);
      throw thrown;
    }
  }

  get work(): ModelWork {
    const sorted = this.#firstMs.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    return {
      answers: this.#answers,
      failed: this.#failed,
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
      firstTokenMs: sorted.length === 0 ? null : { p50: at(0.5), p95: at(0.95) },
    };
  }
}
