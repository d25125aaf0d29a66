/** Logger and metrics for tests: lines and counts are kept to be looked at, and nothing is printed. */
import type { LogFields, Logger } from "../../runtime/observe/logger.ts";
import type { Labels, Metrics } from "../../runtime/observe/metrics.ts";

export interface KeptLine {
  level: "debug" | "info" | "warn" | "error";
  message: string;
  fields: LogFields;
}

export function keptLog(lines: KeptLine[] = [], base: LogFields = {}): Logger & { lines: KeptLine[] } {
  const at =
    (level: KeptLine["level"]) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields: { ...base, ...fields } });
  return {
    lines,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => keptLog(lines, { ...base, ...fields }),
  };
}

/** Counters and gauges under `name{label="value"}` with labels in order of their names. */
export function keptMetrics(): Metrics {
  const values = new Map<string, number>();
  const series = (name: string, labels: Labels = {}): string =>
    `${name}{${Object.keys(labels)
      .sort()
      .map((label) => `${label}="${labels[label]}"`)
      .join(",")}}`;
  return {
    count: (name, by = 1, labels) =>
      void values.set(series(name, labels), (values.get(series(name, labels)) ?? 0) + by),
    gauge: (name, value, labels) => void values.set(series(name, labels), value),
    observe: (name, value, labels) => void values.set(series(name, labels), value),
    observer: (name, labels) => (value) => void values.set(series(name, labels), value),
    render: async () => [...values].map(([name, value]) => `${name} ${value}\n`).join(""),
    read: (name, labels) => values.get(series(name, labels)) ?? 0,
  };
}
