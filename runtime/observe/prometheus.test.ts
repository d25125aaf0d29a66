import { expect, test } from "bun:test";
import { refusal } from "../../test/support/rejection.ts";
import { createMetrics } from "./prometheus.ts";

test("renders counters, gauges and histograms as Prometheus text", async () => {
  const metrics = createMetrics({ help: { jobs_total: "Jobs that ended." } });
  metrics.count("jobs_total", 1, { outcome: "ok" });
  metrics.count("jobs_total", 2, { outcome: "ok" });
  metrics.gauge("mailbox", 5);
  metrics.observe("turn_ms", 3);
  const text = await metrics.render();
  expect(text).toContain("# HELP jobs_total Jobs that ended.");
  expect(text).toContain('jobs_total{outcome="ok"} 3');
  expect(text).toContain("mailbox 5");
  expect(text).toContain('turn_ms_bucket{le="5"} 1');
  expect(metrics.read("jobs_total", { outcome: "ok" })).toBe(3);
  expect(metrics.read("mailbox")).toBe(5);
  expect(metrics.read("turn_ms")).toBe(1);
  expect(metrics.read("never")).toBe(0);
});

test("two nodes in one process do not share their metrics", async () => {
  const [a, b] = [createMetrics(), createMetrics()];
  a.count("x_total");
  expect(await b.render()).not.toContain("x_total");
});

test("labels from outside cannot grow the number of series without bound", async () => {
  const metrics = createMetrics({ maxSeries: 10 });
  for (let uid = 0; uid < 1_000; uid++) metrics.count("asks_total", 1, { uid: `${uid}` });
  const series = (await metrics.render()).split("\n").filter((line) => line.startsWith("asks_total{"));
  expect(series).toHaveLength(11);
  expect(metrics.read("asks_total", { uid: "other" })).toBe(990);
  expect(metrics.read("orrery_metrics_overflow_total", { metric: "asks_total" })).toBe(990);
});

test("a later use with other labels is counted under the labels that are known", () => {
  const metrics = createMetrics();
  metrics.count("x_total", 1, { kind: "a" });
  metrics.count("x_total", 1, { kind: "a", extra: "b" });
  metrics.count("x_total");
  expect(metrics.read("x_total", { kind: "a" })).toBe(2);
  expect(metrics.read("x_total", { kind: "" })).toBe(1);
});

test("values that no series can take are ignored; misuse of names is a failure", () => {
  const metrics = createMetrics();
  metrics.count("x_total", -1);
  metrics.gauge("y", Number.NaN);
  expect(metrics.read("x_total")).toBe(0);
  metrics.count("x_total");
  expect(refusal(() => metrics.gauge("x_total", 1)).code).toBe("conflict");
  expect(refusal(() => metrics.count("not a name")).code).toBe("malformed");
});
