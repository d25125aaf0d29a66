/** Figures of models under vLLM's names, so that the dashboards people have show them. */
import type { SchedulerLoad } from "../../models/scheduler/scheduler.ts";
import type { GenerateChunk } from "../../protocol/model.ts";
import type { Metrics } from "../../runtime/observe/metrics.ts";
import type { Clock } from "../../runtime/ports/clock.ts";

/** How much there is to do. */
export function tellLoad(metrics: Metrics, model: string, load: SchedulerLoad): void {
  const labels = { model_name: model };
  metrics.gauge("vllm:num_requests_running", load.running, labels);
  metrics.gauge("vllm:num_requests_waiting", load.waiting, labels);
  metrics.gauge("vllm:kv_cache_usage_perc", load.memoryUsage, labels);
  raise(metrics, "vllm:prefix_cache_queries_total", load.prefixQueries, labels);
  raise(metrics, "vllm:prefix_cache_hits_total", load.prefixHits, labels);
}

/** A counter takes steps; the scheduler tells sums. */
function raise(metrics: Metrics, name: string, sum: number, labels: { model_name: string }): void {
  metrics.count(name, Math.max(0, sum - metrics.read(name, labels)), labels);
}

export interface MeterOptions {
  metrics: Metrics;
  clock: Clock;
  model: string;
}

/** The chunks as they are, their times and tokens counted. */
export async function* meter(
  { metrics, clock, model }: MeterOptions,
  chunks: AsyncIterable<GenerateChunk>,
): AsyncGenerator<GenerateChunk, void, undefined> {
  const labels = { model_name: model };
  const observe = (name: string, ms: number): void =>
    metrics.observe(`vllm:${name}_seconds`, ms / 1_000, labels);
  const began = clock.monotonic();
  let lastAt: number | undefined;
  let ended = false;
  try {
    for await (const chunk of chunks) {
      const now = clock.monotonic();
      if (chunk.type === "tokens") {
        if (lastAt === undefined) observe("time_to_first_token", now - began);
        else observe("inter_token_latency", (now - lastAt) / Math.max(1, chunk.tokens.length));
        lastAt = now;
      }
      if (chunk.type === "end") {
        ended = true;
        const { promptTokens, completionTokens, prefillMs, decodeMs } = chunk.usage;
        metrics.count("vllm:prompt_tokens_total", promptTokens, labels);
        metrics.count("vllm:generation_tokens_total", completionTokens, labels);
        observe("e2e_request_latency", now - began);
        observe("request_prefill_time", prefillMs);
        observe("request_decode_time", decodeMs);
        observe("request_queue_time", Math.max(0, now - began - prefillMs - decodeMs));
        metrics.count("vllm:request_success_total", 1, { ...labels, finished_reason: chunk.finishReason });
      }
      yield chunk;
    }
  } finally {
    if (!ended) metrics.count("vllm:request_success_total", 1, { ...labels, finished_reason: "abort" });
  }
}
