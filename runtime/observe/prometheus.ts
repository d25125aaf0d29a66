/** Metrics in a Prometheus registry of their own per node, with a bound on how many series each may grow. */
import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Registry from "prom-client/lib/registry.js";
import { Failure } from "../../protocol/failure.ts";
import { Distribution } from "./distribution.ts";
import type { Labels, Metrics } from "./metrics.ts";

export interface MetricsOptions {
  /** Series per metric; labels beyond it are counted under `other`. Default 200. */
  maxSeries?: number;
  /** One sentence per metric for its HELP line. */
  help?: Readonly<Record<string, string>>;
}

type Kind = "counter" | "gauge" | "histogram";
type Recorder = (value: number) => void;
interface Series {
  /** Of a counter or gauge; how often a histogram was told. */
  value: number;
  readonly record: Recorder;
}
interface Instrument {
  readonly kind: Kind;
  readonly labelNames: readonly string[];
  readonly series: Map<string, Series>;
  /** Starts a series of labels that are there once. */
  readonly open: (labels: Record<string, string>) => Recorder;
}

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

  const seriesOf = (kind: Kind, name: string, labels: Labels): Series => {
    let instrument = instruments.get(name);
    if (instrument === undefined) {
      const help = options.help?.[name] ?? words(name);
      instruments.set(name, (instrument = create(registry, kind, name, Object.keys(labels).sort(), help)));
    }
    if (instrument.kind !== kind) {
      throw new Failure("conflict", "a metric is used as two kinds", {
        meta: { name, is: instrument.kind, kind },
      });
    }
    let values = instrument.labelNames.map((label) => (labels[label] ?? "").slice(0, LABEL_CHARS));
    if (!instrument.series.has(seriesKey(values)) && instrument.series.size >= maxSeries) {
      if (name !== OVERFLOW) add(seriesOf("counter", OVERFLOW, { metric: name }), 1);
      values = values.map(() => "other");
    }
    const key = seriesKey(values);
    let series = instrument.series.get(key);
    if (series === undefined) {
      const own = Object.fromEntries(instrument.labelNames.map((label, at) => [label, values[at]!]));
      instrument.series.set(key, (series = { value: 0, record: instrument.open(own) }));
    }
    return series;
  };

  const observer = (name: string, labels: Labels): Recorder => {
    const series = seriesOf("histogram", name, labels);
    return (value) => {
      if (!Number.isFinite(value)) return;
      series.value++;
      series.record(value);
    };
  };

  return {
    count(name, by = 1, labels = {}) {
      if (by > 0 && Number.isFinite(by)) add(seriesOf("counter", name, labels), by);
    },
    gauge(name, value, labels = {}) {
      if (!Number.isFinite(value)) return;
      const series = seriesOf("gauge", name, labels);
      series.value = value;
      series.record(value);
    },
    observe: (name, value, labels = {}) => observer(name, labels)(value),
    observer: (name, labels = {}) => observer(name, labels),
    render: () => registry.metrics(),
    read(name, labels = {}) {
      const instrument = instruments.get(name);
      const values = instrument?.labelNames.map((label) => labels[label] ?? "") ?? [];
      return instrument?.series.get(seriesKey(values))?.value ?? 0;
    },
  };
}

function add(series: Series, by: number): void {
  series.value += by;
  series.record(by);
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
  const open = opener(registry, kind, name, labelNames, help);
  return { kind, labelNames, series: new Map(), open };
}

function opener(
  registry: Registry,
  kind: Kind,
  name: string,
  labelNames: string[],
  help: string,
): Instrument["open"] {
  const common = { name, help, labelNames, registers: [registry] };
  if (kind === "counter") {
    const counter = new Counter(common);
    return (labels) => (by) => counter.inc(labels, by);
  }
  if (kind === "gauge") {
    const gauge = new Gauge(common);
    return (labels) => (value) => gauge.set(labels, value);
  }
  const [, bounds] = BUCKETS.find(([suffix]) => name.endsWith(suffix))!;
  const distribution = new Distribution(name, help, bounds);
  distribution.register(registry);
  return (labels) => distribution.series(labels);
}

const seriesKey = (values: readonly string[]): string => values.join("\u0000");

const words = (name: string): string => name.replace(/_/g, " ");
