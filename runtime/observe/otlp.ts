/**
 * Sends spans to an OpenTelemetry collector: OTLP over HTTP with JSON bodies
 * (https://opentelemetry.io/docs/specs/otlp/#otlphttp). Batched and bounded; a collector that is away costs spans, which
 * are counted, and never memory or time.
 */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../ports/clock.ts";
import type { HttpPost } from "../ports/http-post.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Span, SpanExporter } from "./span.ts";

export interface OtlpOptions {
  /** Base address of the collector, e.g. `http://127.0.0.1:4318`; `/v1/traces` is added. */
  endpoint: string;
  /** `service.name`: the node's name. */
  service: string;
  clock: Clock;
  post: HttpPost;
  log: Logger;
  metrics: Metrics;
  headers?: Readonly<Record<string, string>>;
}

const BATCH = 512;
const QUEUE = 4_096;
const PERIOD_MS = 5_000;
const TIMEOUT_MS = 10_000;

export interface OtlpExporter extends SpanExporter {
  /** Sends what is queued; resolves when it was sent or given up. */
  flush(): Promise<void>;
  /** Flushes and stops. */
  close(): Promise<void>;
}

export function createOtlpExporter(options: OtlpOptions): OtlpExporter {
  const { clock, log, metrics } = options;
  const url = `${options.endpoint.replace(/\/+$/, "")}/v1/traces`;
  const queue: Span[] = [];
  let sending: Promise<void> | undefined;

  const lost = (count: number) => metrics.count("orrery_spans_lost_total", count);

  const send = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, BATCH);
      const stop = new AbortController();
      const timer = clock.after(TIMEOUT_MS, () =>
        stop.abort(new Failure("timeout", "the collector is too slow")),
      );
      try {
        const { status } = await options.post(url, {
          body: JSON.stringify(otlpBody(options.service, batch)),
          headers: { ...options.headers, "content-type": "application/json" },
          signal: stop.signal,
        });
        if (status >= 300)
          throw new Failure("unavailable", "the collector refused spans", { meta: { status } });
        metrics.count("orrery_spans_exported_total", batch.length);
      } catch (thrown) {
        lost(batch.length + queue.length);
        queue.length = 0;
        log.warn("spans were lost: the trace collector cannot be reached", {
          collector: options.endpoint,
          reason: Failure.from(thrown, "unavailable").toLine(),
        });
      } finally {
        timer.cancel();
      }
    }
  };
  const flush = (): Promise<void> => {
    sending ??= send().finally(() => {
      sending = undefined;
    });
    return sending;
  };
  const ticking = clock.every(PERIOD_MS, () => void flush());
  return {
    export(span) {
      queue.push(span);
      if (queue.length > QUEUE) {
        queue.shift();
        lost(1);
      }
      if (queue.length >= BATCH) void flush();
    },
    flush,
    async close() {
      ticking.cancel();
      await flush();
    },
  };
}

/** The body of one export request, as the OTLP JSON mapping wants it. */
function otlpBody(service: string, spans: readonly Span[]): unknown {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ "service.name": service }) },
        scopeSpans: [{ scope: { name: "orrery" }, spans: spans.map(otlpSpan) }],
      },
    ],
  };
}

const INTERNAL = 1;
const STATUS_ERROR = 2;

const otlpSpan = (span: Span): unknown => ({
  traceId: span.trace.traceId,
  spanId: span.trace.spanId,
  ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
  name: span.name,
  kind: INTERNAL,
  startTimeUnixNano: nanos(span.startedAt),
  endTimeUnixNano: nanos(span.endedAt),
  attributes: attributesOf(span.attributes),
  status: span.error === undefined ? {} : { code: STATUS_ERROR, message: span.error },
});

/** 64-bit integers are strings in OTLP JSON; a double would lose the last digits. */
const nanos = (ms: number): string => (BigInt(Math.round(ms * 1_000)) * 1_000n).toString();

const attributesOf = (attributes: Span["attributes"]): unknown[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: attributeValue(value) }));

function attributeValue(value: string | number | boolean): unknown {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
