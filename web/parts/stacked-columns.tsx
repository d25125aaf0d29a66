/** Shares or amounts over time: one column for each moment, stacked by who they are of. */

/** With a colour of their own; the rest share one. */
export const SERIES = 7;
const REST = SERIES;

const WIDTH = 600;
const HEIGHT = 160;

export interface StackedColumn {
  key: string | number;
  /** What a pointer over it reads. */
  title: string;
  /** From the bottom: of each series in the order of its colours, and then of the rest (`inPlaces`). */
  parts: readonly number[];
  /** Did not count: drawn pale, and as an outline where it has no parts. */
  pale?: boolean;
}

interface StackedColumnsProps {
  columns: readonly StackedColumn[];
  /** The height of a full column. */
  full: number;
  /** At the top, in the middle and at the bottom. */
  scale: readonly [string, string, string];
  /** For who does not see it. */
  label: string;
  caption: string;
  /** Fewer than this do not fill the width, so that a column is never a wall. */
  least?: number;
}

export function StackedColumns({ columns, full, scale, label, caption, least = 12 }: StackedColumnsProps) {
  const step = WIDTH / Math.max(columns.length, least);
  return (
    <figure class="chart">
      <div class="y faint" aria-hidden="true">
        {scale.map((text, index) => (
          <span key={index}>{text}</span>
        ))}
      </div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {[0, 0.5, 1].map((at) => (
          <line key={at} class="grid" x1="0" x2={WIDTH} y1={at * HEIGHT} y2={at * HEIGHT} />
        ))}
        {columns.map((column, index) => (
          <Column key={column.key} {...{ column, full }} x={index * step + step * 0.08} width={step * 0.84} />
        ))}
      </svg>
      <figcaption class="x faint">{caption}</figcaption>
    </figure>
  );
}

function Column(props: { column: StackedColumn; full: number; x: number; width: number }) {
  const { column, full, x, width } = props;
  let top = HEIGHT;
  return (
    <g class={column.pale === true ? "unset" : ""}>
      <title>{column.title}</title>
      {column.pale === true && column.parts.length === 0 && (
        <rect class="none" x={x} y="1" width={width} height={HEIGHT - 2} />
      )}
      {column.parts.map((part, index) => {
        const height = (part / full) * HEIGHT;
        top -= height;
        return height < 0.1 ? null : (
          <rect key={index} class={`series s${index}`} x={x} y={top} width={width} height={height} />
        );
      })}
    </g>
  );
}

/** Who has a colour of its own: those with most over all columns, so that a colour means the same in each of them. */
export function largest<K>(totals: ReadonlyMap<K, number>): K[] {
  return [...totals]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, SERIES)
    .map(([key]) => key);
}

/** The parts of a column: those with a colour of their own, and in the place of the last colour the rest. */
export const inPlaces = (own: readonly number[], rest: number): number[] => [
  ...own,
  ...Array<number>(SERIES - own.length).fill(0),
  rest,
];

export function SeriesLegend({ names, others }: { names: readonly string[]; others: boolean }) {
  return (
    <ul class="legend">
      {names.map((name, index) => (
        <li key={name}>
          <span class={`swatch s${index}`} /> {name}
        </li>
      ))}
      {others && (
        <li>
          <span class={`swatch s${REST}`} /> others
        </li>
      )}
    </ul>
  );
}
