import { expect, test } from "bun:test";
import fc from "fast-check";
import { manualClock } from "../../test/support/manual-clock.ts";
import { keptLog, keptMetrics } from "../../test/support/quiet.ts";
import { createSeededRng } from "../ports/seeded-rng.ts";
import { createOtlpExporter } from "./otlp.ts";
import { createSpanBuffer, createTracer } from "./span.ts";
import { childTrace, formatTraceparent, newTrace, parseTraceparent } from "./traceparent.ts";

const rng = createSeededRng(3);

test("a traceparent survives the journey, and a child keeps the trace", () => {
  const trace = newTrace(rng);
  expect(parseTraceparent(formatTraceparent(trace))).toEqual(trace);
  const child = childTrace({ ...trace, sampled: false }, rng);
  expect(child).toMatchObject({ traceId: trace.traceId, sampled: false });
  expect(child.spanId).not.toBe(trace.spanId);
});

test.each([
  ["version ff", `ff-${"1".repeat(32)}-${"2".repeat(16)}-01`],
  ["upper case", `00-${"A".repeat(32)}-${"2".repeat(16)}-01`],
  ["zero trace", `00-${"0".repeat(32)}-${"2".repeat(16)}-01`],
  ["zero span", `00-${"1".repeat(32)}-${"0".repeat(16)}-01`],
  ["version 00 with more", `00-${"1".repeat(32)}-${"2".repeat(16)}-01-x`],
  ["short", "00-1-2-01"],
  ["blank before", ` 00-${"1".repeat(32)}-${"2".repeat(16)}-01`],
  ["line break after", `00-${"1".repeat(32)}-${"2".repeat(16)}-01\n`],
])("refuses a traceparent: %s", (_, text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});

test("reads later versions by the fields that are known, and never throws", () => {
  expect(parseTraceparent(`01-${"1".repeat(32)}-${"2".repeat(16)}-01-more`)).toMatchObject({ sampled: true });
  expect(parseTraceparent(undefined)).toBeUndefined();
  fc.assert(fc.property(fc.string(), (text) => void parseTraceparent(text)));
});

test("a span tells who caused it, how long it took and what went wrong, without secrets", async () => {
  const clock = manualClock();
  const spans = createSpanBuffer(2);
  const tracer = createTracer({ clock, rng, exporters: [spans] });
  const parent = newTrace(rng);
  const work = tracer.run(
    "judge",
    { parent, attributes: { uid: 3, seed: `SU${"A".repeat(56)}` } },
    async () => {
      await clock.sleep(25);
      throw new Error("broken");
    },
  );
  work.catch(() => {});
  await clock.advance(25);
  expect(work).rejects.toThrow("broken");
  expect(spans.list()).toMatchObject([
    {
      name: "judge",
      parentSpanId: parent.spanId,
      error: "broken",
      attributes: { uid: 3, seed: "[redacted]" },
    },
  ]);
  expect(spans.list()[0]!.endedAt - spans.list()[0]!.startedAt).toBe(25);
  await tracer.run("unsampled", { parent: { ...parent, sampled: false } }, async () => {});
  for (let i = 0; i < 5; i++) await tracer.run(`n${i}`, {}, async () => {});
  expect(spans.list().map((span) => span.name)).toEqual(["n3", "n4"]);
});

test("spans reach a collector as OTLP JSON; a collector that is away costs them, counted", async () => {
  const clock = manualClock();
  const metrics = keptMetrics();
  const log = keptLog();
  const received: { path: string; body: unknown }[] = [];
  let status = 200;
  const server = Bun.serve({
    port: 0,
    fetch: async (request) => {
      received.push({ path: new URL(request.url).pathname, body: await request.json() });
      return new Response("{}", { status });
    },
  });
  const exporter = createOtlpExporter({
    endpoint: `http://127.0.0.1:${server.port}/`,
    service: "n1",
    clock,
    log,
    metrics,
    post: async (url, { signal: _, ...rest }) => fetch(url, { method: "POST", ...rest }),
  });
  const tracer = createTracer({ clock, rng, exporters: [exporter] });
  await tracer.run("a", { attributes: { n: 1, half: 0.5, yes: true, text: "t" } }, async () => {});
  await exporter.flush();
  expect(received).toHaveLength(1);
  expect(received[0]!.path).toBe("/v1/traces");
  expect(received[0]!.body).toMatchObject({
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "n1" } }] },
        scopeSpans: [
          {
            spans: [
              {
                name: "a",
                startTimeUnixNano: "1700000000000000000",
                attributes: [
                  { key: "n", value: { intValue: "1" } },
                  { key: "half", value: { doubleValue: 0.5 } },
                  { key: "yes", value: { boolValue: true } },
                  { key: "text", value: { stringValue: "t" } },
                ],
              },
            ],
          },
        ],
      },
    ],
  });
  status = 500;
  await tracer.run("b", {}, async () => {});
  await exporter.close();
  await server.stop(true);
  expect(metrics.read("orrery_spans_exported_total")).toBe(1);
  expect(metrics.read("orrery_spans_lost_total")).toBe(1);
  expect(log.lines).toHaveLength(1);
});
