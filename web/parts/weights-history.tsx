import type { MinerView, WeightsView } from "../../protocol/views.ts";
import { clockTime, minerName, percent } from "../format.ts";
import { inPlaces, largest, SERIES, SeriesLegend, StackedColumns } from "./stacked-columns.tsx";

/** Shares over the latest epochs, stacked; newest at the right, and the same as a table. */
export function WeightsHistory(props: { weights: readonly WeightsView[]; miners: readonly MinerView[] }) {
  const { weights, miners } = props;
  const [last] = weights;
  if (last === undefined)
    return (
      <p class="empty-note">
        No weights have been decided yet. They are when a round has closed and the chain's epoch is near its
        end.
      </p>
    );
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
      <SeriesLegend names={series.map(nameOf)} others={last.miners > series.length} />
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

/** The uids with the largest shares over all epochs shown. */
function seriesOf(weights: readonly WeightsView[]): number[] {
  const totals = new Map<number, number>();
  for (const { shares } of weights) {
    for (const { uid, share } of shares) totals.set(uid, (totals.get(uid) ?? 0) + share);
  }
  return largest(totals);
}

interface ChartProps {
  epochs: readonly WeightsView[];
  series: readonly number[];
  nameOf: (uid: number) => string;
}

/** An epoch that did not reach the chain is only an outline. */
function Chart({ epochs, series, nameOf }: ChartProps) {
  const [first] = epochs;
  const last = epochs.at(-1);
  const columns = epochs.map(({ epoch, state, shares }) => {
    const own = series.map((uid) => shares.find((each) => each.uid === uid)?.share ?? 0);
    const rest = Math.max(0, 1 - own.reduce((sum, share) => sum + share, 0));
    const told = shares.map(({ uid, share }) => `${nameOf(uid)} ${percent(share)}`);
    return {
      key: epoch,
      title: [`Epoch ${epoch}: ${state}`, ...told].join("\n"),
      parts: shares.length === 0 ? [] : inPlaces(own, rest),
      pale: state !== "set",
    };
  });
  return (
    <StackedColumns
      {...{ columns, full: 1, scale: ["100 %", "50 %", "0 %"] }}
      label={`Shares of the weights from epoch ${first?.epoch} to ${last?.epoch}; the table below has the figures`}
      caption={
        epochs.length === 1
          ? `epoch ${last?.epoch}`
          : `epochs ${first?.epoch} to ${last?.epoch}, newest at the right`
      }
    />
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
