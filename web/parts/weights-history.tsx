import type { MinerView, WeightsView } from "../../protocol/views.ts";
import { clockTime, minerName, percent } from "../format.ts";

const WIDTH = 600;
const HEIGHT = 160;
/** Fewer sets than this do not fill the chart, so that a column is never a wall. */
const LEAST_COLUMNS = 12;
/** Miners with a colour of their own; the rest share one. */
const SERIES = 7;
const REST = SERIES;

/** Shares over the latest epochs, stacked; newest at the right, and the same as a table. */
export function WeightsHistory(props: { weights: readonly WeightsView[]; miners: readonly MinerView[] }) {
  const { weights, miners } = props;
  const [last] = weights;
  if (last === undefined) return <p class="empty-note">No weights have been decided yet.</p>;
  const names = new Map(miners.map((miner) => [miner.uid, minerName(miner)]));
  const nameOf = (uid: number) => names.get(uid) ?? `uid ${uid}`;
  const series = seriesOf(weights);
  return (
    <>
      <p>
        Epoch {last.epoch}, after round {last.round}: {stateOf(last)}, {clockTime(last.at)}.
      </p>
      <Journey weights={last} />
      <Chart epochs={weights.toReversed()} series={series} nameOf={nameOf} />
      <ul class="legend">
        {series.map((uid, index) => (
          <li key={uid}>
            <span class={`swatch s${index}`} /> {nameOf(uid)}
          </li>
        ))}
        {last.miners > series.length && (
          <li>
            <span class={`swatch s${REST}`} /> others
          </li>
        )}
      </ul>
      <details class="as-table">
        <summary>As a table</summary>
        <Table weights={weights} nameOf={nameOf} />
      </details>
    </>
  );
}

function stateOf({ state, block, reason }: WeightsView): string {
  if (state === "set") return `set at block ${block}`;
  if (state === "committed") return `committed at block ${block}, not revealed yet`;
  return state === "refused" ? `not set, ${reason}` : "on its way to the chain";
}

const METHODS = {
  set: "in the open",
  hash: "hash commit and reveal",
  timelock: "timelocked commit",
} as const;

/** What happened to the last weights on their way to the chain, in order. */
function Journey({ weights }: { weights: WeightsView }) {
  const { journey, method, epoch } = weights;
  if (journey.length === 0) return null;
  return (
    <details class="as-table">
      <summary>
        The journey of epoch {epoch}
        {method !== null && `, ${METHODS[method]}`}
      </summary>
      <ol class="journey">
        {journey.map(({ at, what }, index) => (
          <li key={index}>
            <span class="faint">{clockTime(at)}</span> {what}
          </li>
        ))}
      </ol>
    </details>
  );
}

/** The uids with the largest shares over all epochs shown: a colour means the same miner in every column. */
function seriesOf(weights: readonly WeightsView[]): number[] {
  const totals = new Map<number, number>();
  for (const { shares } of weights) {
    for (const { uid, share } of shares) totals.set(uid, (totals.get(uid) ?? 0) + share);
  }
  return [...totals]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, SERIES)
    .map(([uid]) => uid);
}

interface ChartProps {
  epochs: readonly WeightsView[];
  series: readonly number[];
  nameOf: (uid: number) => string;
}

function Chart({ epochs, series, nameOf }: ChartProps) {
  const step = WIDTH / Math.max(epochs.length, LEAST_COLUMNS);
  const [first] = epochs;
  const last = epochs.at(-1);
  return (
    <figure class="chart">
      <div class="y faint" aria-hidden="true">
        <span>100 %</span>
        <span>50 %</span>
        <span>0 %</span>
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Shares of the weights from epoch ${first?.epoch} to ${last?.epoch}; the table below has the figures`}
      >
        {[0, 0.5, 1].map((at) => (
          <line key={at} class="grid" x1="0" x2={WIDTH} y1={at * HEIGHT} y2={at * HEIGHT} />
        ))}
        {epochs.map((weights, column) => (
          <Column
            key={weights.epoch}
            {...{ weights, series, nameOf }}
            x={column * step + step * 0.08}
            width={step * 0.84}
          />
        ))}
      </svg>
      <figcaption class="x faint">
        {epochs.length === 1
          ? `epoch ${last?.epoch}`
          : `epochs ${first?.epoch} to ${last?.epoch}, newest at the right`}
      </figcaption>
    </figure>
  );
}

interface ColumnProps {
  weights: WeightsView;
  series: readonly number[];
  nameOf: (uid: number) => string;
  x: number;
  width: number;
}

/** An epoch that did not reach the chain is only an outline. */
function Column({ weights, series, nameOf, x, width }: ColumnProps) {
  const { epoch, state, shares } = weights;
  const title = `Epoch ${epoch}: ${state}\n${shares.map(({ uid, share }) => `${nameOf(uid)} ${percent(share)}`).join("\n")}`;
  const own = series.map((uid) => shares.find((each) => each.uid === uid)?.share ?? 0);
  const rest = shares.length === 0 ? 0 : Math.max(0, 1 - own.reduce((sum, share) => sum + share, 0));
  let top = HEIGHT;
  return (
    <g class={state === "set" ? "" : "unset"}>
      <title>{title}</title>
      {shares.length === 0 && <rect class="none" x={x} y="1" width={width} height={HEIGHT - 2} />}
      {[...own, rest].map((share, index) => {
        const height = share * HEIGHT;
        top -= height;
        return height < 0.1 ? null : (
          <rect
            key={index}
            class={`series s${index < own.length ? index : REST}`}
            x={x}
            y={top}
            width={width}
            height={height}
          />
        );
      })}
    </g>
  );
}

function Table({ weights, nameOf }: { weights: readonly WeightsView[]; nameOf: (uid: number) => string }) {
  return (
    <table aria-label="Weights by epoch, newest first">
      <thead>
        <tr>
          <th>Epoch</th>
          <th>Round</th>
          <th>State</th>
          <th>Largest shares</th>
        </tr>
      </thead>
      <tbody>
        {weights.map((each) => (
          <tr key={each.epoch}>
            <td>{each.epoch}</td>
            <td>{each.round}</td>
            <td>{stateOf(each)}</td>
            <td>
              {each.shares
                .slice(0, SERIES)
                .map(({ uid, share }) => `${nameOf(uid)} ${percent(share)}`)
                .join(", ")}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
