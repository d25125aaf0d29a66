/** Spans: what one piece of work did, when, and for how long; collected in memory or sent to a collector. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../ports/clock.ts";
import type { Rng } from "../ports/rng.ts";
import { redactText } from "./redact.ts";
import type { TraceContext } from "./trace.ts";
import { childTrace, newTrace } from "./traceparent.ts";

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface Span {
  readonly name: string;
  readonly trace: TraceContext;
  readonly parentSpanId: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Free of secrets. */
  readonly attributes: Attributes;
  /** Message of the failure that ended it. */
  readonly error: string | undefined;
}

export interface SpanExporter {
  export(span: Span): void;
}

export interface Tracer {
  /** Runs work as a span, the parent's child when there is one; what the work throws passes through. */
  run<T>(
    name: string,
    options: { parent?: TraceContext | undefined; attributes?: Attributes },
    work: (trace: TraceContext) => Promise<T>,
  ): Promise<T>;
}

export function createTracer(options: {
  clock: Clock;
  rng: Rng;
  exporters: readonly SpanExporter[];
}): Tracer {
  const { clock, rng, exporters } = options;
  return {
    async run(name, { parent, attributes = {} }, work) {
      const trace = parent === undefined ? newTrace(rng) : childTrace(parent, rng);
      const startedAt = clock.now();
      const begun = clock.monotonic();
      let error: string | undefined;
      try {
        return await work(trace);
      } catch (thrown) {
        error = redactText(Failure.from(thrown).message);
        throw thrown;
      } finally {
        const span: Span = {
          name,
          trace,
          parentSpanId: parent?.spanId,
          startedAt,
          endedAt: startedAt + (clock.monotonic() - begun),
          attributes: safeAttributes(attributes),
          error,
        };
        if (trace.sampled) for (const exporter of exporters) exporter.export(span);
      }
    },
  };
}

const safeAttributes = (attributes: Attributes): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === "string" ? redactText(value) : value,
    ]),
  );

/** The latest spans, 1,000 by default, to be looked at while the node runs. */
export function createSpanBuffer(capacity = 1_000): SpanExporter & { list(): readonly Span[] } {
  const spans: Span[] = [];
  return {
    export(span) {
      spans.push(span);
      if (spans.length > capacity) spans.shift();
    },
    list: () => [...spans],
  };
}
