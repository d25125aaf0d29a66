/** W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context/): one line that ties a piece of work together. */
import type { Rng } from "../ports/rng.ts";
import type { TraceContext } from "./trace.ts";

const VERSION_00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const LATER_VERSION = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const SAMPLED = 0x01;

/** Reads a `traceparent`. Undefined for anything the standard calls invalid: the work then starts a new trace. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  if (text === undefined || text.length > 256) return undefined;
  const match = (text.startsWith("00") ? VERSION_00 : LATER_VERSION).exec(text);
  if (match === null) return undefined;
  const [, traceId, spanId, flags] = match as unknown as [string, string, string, string];
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

export const formatTraceparent = (trace: TraceContext): string =>
  `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? "01" : "00"}`;

/** The first span of new work. */
export const newTrace = (rng: Rng, sampled = true): TraceContext => ({
  traceId: nonZeroHex(rng, 16),
  spanId: nonZeroHex(rng, 8),
  sampled,
});

/** A step within the same work: same trace, a span of its own. */
export const childTrace = (parent: TraceContext, rng: Rng): TraceContext => ({
  traceId: parent.traceId,
  spanId: nonZeroHex(rng, 8),
  sampled: parent.sampled,
});

function nonZeroHex(rng: Rng, bytes: number): string {
  for (;;) {
    const text = Buffer.from(rng.bytes(bytes)).toString("hex");
    if (!/^0+$/.test(text)) return text;
  }
}
