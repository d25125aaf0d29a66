/** Counters, gauges and histograms as a port; rendered in Prometheus' text format at `/metrics`. */
export type Labels = Readonly<Record<string, string>>;

export interface Metrics {
  count(name: string, by?: number, labels?: Labels): void;
  gauge(name: string, value: number, labels?: Labels): void;
  observe(name: string, value: number, labels?: Labels): void;
  /** `observe` for what happens per message: name and labels are looked up once. */
  observer(name: string, labels?: Labels): (value: number) => void;
  /** Prometheus text exposition. */
  render(): Promise<string>;
  /** Current value of a counter or gauge, for tests and `inspect`. */
  read(name: string, labels?: Labels): number;
}
