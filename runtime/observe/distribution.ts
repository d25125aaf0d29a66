/** A histogram that costs two additions per value: prom-client's own hashes all labels each time. */
import type { MetricValue, Registry } from "prom-client";

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Values up to each bound and above all of them, not summed up. */
  readonly counts: Float64Array;
  sum: number;
}

type Rendered = MetricValue<string> & { metricName: string };

export class Distribution {
  readonly name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly aggregator = "sum";
  readonly #bounds: readonly number[];
  readonly #series: Series[] = [];

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
  }

  register(registry: Registry): void {
    // The registry asks its metrics for name and values only; its type wants prom-client's own classes.
    registry.registerMetric(this as never);
  }

  /** Adds a series; each label set once. */
  series(labels: Readonly<Record<string, string>>): (value: number) => void {
    const bounds = this.#bounds;
    const series: Series = { labels, counts: new Float64Array(bounds.length + 1), sum: 0 };
    this.#series.push(series);
    const { counts } = series;
    return (value) => {
      let at = 0;
      while (at < bounds.length && value > bounds[at]!) at++;
      counts[at] = counts[at]! + 1;
      series.sum += value;
    };
  }

  /** What prom-client's registry renders. */
  async get(): Promise<{ name: string; help: string; type: string; aggregator: string; values: Rendered[] }> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.#series.flatMap((series) => this.#render(series)) };
  }

  #render({ labels, counts, sum }: Series): Rendered[] {
    let count = 0;
    const buckets = [...counts].map((inBucket, at): Rendered => {
      count += inBucket;
      const le = this.#bounds[at] ?? "+Inf";
      return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels: { ...labels }, value: sum },
      { metricName: `${this.name}_count`, labels: { ...labels }, value: count },
    ];
  }
}
