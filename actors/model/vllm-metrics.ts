/** Figures of models under vLLM's names, so that the dashboards people have show them. */
import { watched } from "../../models/answer/watched.ts";
import type { SchedulerLoad } from "../../models/scheduler/scheduler.ts";
import type { GenerateChunk } from "../../protocol/model.ts";
import type { Metrics } from "../../runtime/observe/metrics.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import type { Tally } from "./tally.ts";

/** How much there is to do. */
export function tellLoad(metrics: Metrics, model: string, load: SchedulerLoad): void {
  const labels = { model_name: model };
  metrics.gauge("vllm:num_requests_running", load.running, labels);
  metrics.gauge("vllm:num_requests_waiting", load.waiting, labels);
  metrics.gauge("vllm:kv_cache_usage_perc", load.memoryUsage, labels);
}

type End = Extract<GenerateChunk, { type: "end" }>;

export interface MeterOptions {
  metrics: Metrics;
  clock: Clock;
  model: string;
  tally: Tally;
}

/** The chunks as they are, their times and tokens counted. */
export function meter(
  { metrics, clock, model, tally }: MeterOptions,
  chunks: AsyncIterable<GenerateChunk>,
): AsyncIterable<GenerateChunk> {
  const labels = { model_name: model };
  const observe = (name: string, ms: number): void =>
    metrics.observe(`vllm:${name}_seconds`, ms / 1_000, labels);
  const began = clock.monotonic();
  let lastAt: number | undefined;
  let betweenTokens: ((seconds: number) => void) | undefined;
  let ended = false;
  let given = 0;

  function onTokens({ length }: readonly number[], now: number): void {
    tally.gave(length);
    given += length;
    if (lastAt === undefined) {
      tally.began(now - began);
      observe("time_to_first_token", now - began);
    } else {
      betweenTokens ??= metrics.observer("vllm:inter_token_latency_seconds", labels);
      betweenTokens((now - lastAt) / 1_000 / Math.max(1, length));
    }
    lastAt = now;
  }

  function onEnd({ usage, finishReason }: End, now: number): void {
    ended = true;
    tally.answered(usage);
    // Some servers name no tokens as they give them.
    tally.gave(Math.max(0, usage.completionTokens - given));
    const { promptTokens, cachedTokens, completionTokens, prefillMs, decodeMs } = usage;
    metrics.count("vllm:prompt_tokens_total", promptTokens, labels);
    metrics.count("vllm:generation_tokens_total", completionTokens, labels);
    // In tokens, as vLLM counts them.
    metrics.count("vllm:prefix_cache_queries_total", promptTokens, labels);
    metrics.count("vllm:prefix_cache_hits_total", cachedTokens, labels);
    observe("e2e_request_latency", now - began);
    observe("request_prefill_time", prefillMs);
    observe("request_decode_time", decodeMs);
    observe("request_queue_time", Math.max(0, now - began - prefillMs - decodeMs));
    metrics.count("vllm:request_success_total", 1, { ...labels, finished_reason: finishReason });
  }

  return watched(chunks, {
    seen(chunk) {
      if (chunk.type === "tokens") onTokens(chunk.tokens, clock.monotonic());
      else if (chunk.type === "end") onEnd(chunk, clock.monotonic());
    },
    over(_, thrown) {
      if (thrown !== undefined) tally.failed(thrown);
      if (!ended) metrics.count("vllm:request_success_total", 1, { ...labels, finished_reason: "abort" });
    },
  });
}
