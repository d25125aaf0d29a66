/** Metrics in a Prometheus registry of their own per node, with a bound on how many series each may grow. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { Failure } from "../../protocol/failure.ts";
import type { Labels, Metrics } from "./metrics.ts";

export interface MetricsOptions {
  /** Series per metric; labels beyond it are counted under `other`. Default 200. */
  maxSeries?: number;
  /** One sentence per metric for its HELP line. */
  help?: Readonly<Record<string, string>>;
}

type Kind = "counter" | "gauge" | "histogram";
type Instrument = { kind: Kind; labelNames: string[]; series: Map<string, number>; record: Recorder };
type Recorder = (labels: Record<string, string>, value: number) => void;

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]{0,127}$/;
const LABEL_CHARS = 64;
const OVERFLOW = "orrery_metrics_overflow_total";

/** Buckets by the unit that ends the name: milliseconds, bytes, or seconds. */
const BUCKETS: readonly [suffix: string, buckets: number[]][] = [
  ["_ms", [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000, 600_000]],
  ["_bytes", Array.from({ length: 12 }, (_, power) => 64 * 4 ** power)],
  ["", [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]],
];

/**
 * A metric has the kind and label names of its first use; labels it does not know are left out. Fails with
 * `malformed` for a bad name and `conflict` when a name is used as two kinds: both are defects of the caller.
 */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const instruments = new Map<string, Instrument>();
  const maxSeries = options.maxSeries ?? 200;

  const record = (kind: Kind, name: string, value: number, labels: Labels): void => {
    let instrument = instruments.get(name);
    if (instrument === undefined) {
      instrument = create(
        registry,
        kind,
        name,
        Object.keys(labels).sort(),
        options.help?.[name] ?? words(name),
      );
      instruments.set(name, instrument);
    }
    if (instrument.kind !== kind) {
      throw new Failure("conflict", "a metric is used as two kinds", {
        meta: { name, is: instrument.kind, kind },
      });
    }
    let values = instrument.labelNames.map((label) => (labels[label] ?? "").slice(0, LABEL_CHARS));
    let key = seriesKey(values);
    if (!instrument.series.has(key) && instrument.series.size >= maxSeries) {
      if (name !== OVERFLOW) record("counter", OVERFLOW, 1, { metric: name });
      values = values.map(() => "other");
      key = seriesKey(values);
    }
    const before = instrument.series.get(key) ?? 0;
    instrument.series.set(key, kind === "gauge" ? value : before + (kind === "counter" ? value : 1));
    instrument.record(
      Object.fromEntries(instrument.labelNames.map((label, at) => [label, values[at]!])),
      value,
    );
  };

  return {
    count(name, by = 1, labels = {}) {
      if (by > 0 && Number.isFinite(by)) record("counter", name, by, labels);
    },
    gauge(name, value, labels = {}) {
      if (Number.isFinite(value)) record("gauge", name, value, labels);
    },
    observe(name, value, labels = {}) {
      if (Number.isFinite(value)) record("histogram", name, value, labels);
    },
    render: () => registry.metrics(),
    read(name, labels = {}) {
      const instrument = instruments.get(name);
      if (instrument === undefined) return 0;
      return instrument.series.get(seriesKey(instrument.labelNames.map((label) => labels[label] ?? ""))) ?? 0;
    },
  };
}

function create(
  registry: Registry,
  kind: Kind,
  name: string,
  labelNames: string[],
  help: string,
): Instrument {
  if (!NAME.test(name)) {
    throw new Failure("malformed", "this is not a metric name", { meta: { name: name.slice(0, 140) } });
  }
  const common = { name, help, labelNames, registers: [registry] };
  return { kind, labelNames, series: new Map(), record: recorder(kind, name, common) };
}

function recorder(
  kind: Kind,
  name: string,
  common: { name: string; help: string; labelNames: string[]; registers: Registry[] },
): Recorder {
  if (kind === "counter") {
    const counter = new Counter(common);
    return (labels, value) => counter.inc(labels, value);
  }
  if (kind === "gauge") {
    const gauge = new Gauge(common);
    return (labels, value) => gauge.set(labels, value);
  }
  const [, buckets] = BUCKETS.find(([suffix]) => name.endsWith(suffix))!;
  const histogram = new Histogram({ ...common, buckets });
  return (labels, value) => histogram.observe(labels, value);
}

const seriesKey = (values: readonly string[]): string => values.join("\u0000");

const words = (name: string): string => name.replace(/_/g, " ");
