import type { MinerView, WeightsView } from "../../protocol/views.ts";
import { clockTime, short } from "../format.ts";

const WIDTH = 640;
const HEIGHT = 180;
const SERIES = 8;

/** Shares over the weight sets that the chain accepted, stacked; newest at the right. */
export function WeightsHistory({
  weights,
  miners,
}: {
  weights: readonly WeightsView[];
  miners: readonly MinerView[];
}) {
  const sets = weights.filter(({ state, vector }) => state === "set" && vector !== null).toReversed();
  const last = weights[0];
  if (last === undefined) return <p class="empty-note">No weights have been decided yet.</p>;
  return (
    <>
      <p class="faint">
        Epoch {last.epoch}, after round {last.round}:{" "}
        {last.state === "set"
          ? `set at block ${last.block}`
          : last.state === "decided"
            ? "on its way to the chain"
            : `not set: ${last.reason}`}
        , {clockTime(last.at)}
      </p>
      {sets.length > 0 && <Stack sets={sets} miners={miners} />}
    </>
  );
}

function Stack({ sets, miners }: { sets: readonly WeightsView[]; miners: readonly MinerView[] }) {
  const step = WIDTH / Math.max(sets.length, 1);
  const shown = miners.slice(0, SERIES).map(({ uid }) => uid);
  return (
    <>
      <svg
        class="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label="Weights over time"
      >
        {sets.map(({ epoch, vector }, column) => {
          const sum = vector?.values.reduce((total, value) => total + value, 0) ?? 1;
          let top = HEIGHT;
          return [...shown, undefined].map((uid, series) => {
            const share =
              uid === undefined
                ? (vector?.values.reduce(
                    (rest, value, at) => (shown.includes(vector.uids[at] ?? -1) ? rest : rest + value),
                    0,
                  ) ?? 0)
                : (vector?.values[vector.uids.indexOf(uid)] ?? 0);
            const height = (share / sum) * HEIGHT;
            top -= height;
            return height > 0 ? (
              <rect
                key={`${epoch}/${series}`}
                class={`series s${series}`}
                x={column * step + 1}
                y={top}
                width={Math.max(step - 2, 1)}
                height={height}
              />
            ) : null;
          });
        })}
      </svg>
      <ul class="legend">
        {miners.slice(0, SERIES).map((miner, series) => (
          <li key={miner.uid}>
            <span class={`dot s${series}`} /> {miner.name ?? short(miner.hotkey)}
          </li>
        ))}
      </ul>
    </>
  );
}
