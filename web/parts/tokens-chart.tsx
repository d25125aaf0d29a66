import { RECENT_STEP_MS } from "../../protocol/recent-steps.ts";
import type { ModelView } from "../../protocol/views.ts";
import { rate } from "../format.ts";
import { visible } from "../visible.ts";
import { inPlaces, largest, SeriesLegend, StackedColumns } from "./stacked-columns.tsx";

/** Tokens a second that all models gave over the last two minutes, stacked by model. */
export function TokensChart({ models }: { models: readonly ModelView[] }) {
  const byModel = new Map<string, number[]>();
  for (const { card, recent } of models) {
    const sums = byModel.get(card.id) ?? recent.map(() => 0);
    byModel.set(
      card.id,
      sums.map((sum, step) => sum + (recent[step] ?? 0)),
    );
  }
  const steps = models[0]?.recent.length ?? 0;
  const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const totals = [...byModel].map(([id, recent]): [string, number] => [id, sumOf(recent)]);
  const working = totals.filter(([, total]) => total > 0);
  const series = largest(new Map(working));
  const columns = Array.from({ length: steps }, (_, step) => {
    const at = (id: string): number => byModel.get(id)?.[step] ?? 0;
    const own = series.map(at);
    const total = sumOf([...byModel.keys()].map(at));
    const ago = ((steps - step) * RECENT_STEP_MS) / 1_000;
    const told = series.filter((id) => at(id) > 0).map((id) => `${id} ${rate(at(id))}`);
    return {
      key: step,
      title: [`${ago} s ago: ${rate(total)} tokens a second`, ...told].join("\n"),
      parts: inPlaces(own, total - sumOf(own)),
      total,
    };
  });
  const most = Math.max(0, ...columns.map(({ total }) => total));
  if (most === 0) {
    return (
      <p class="empty-note">
        No token was given in the last two minutes. Ask something, and it shows here within seconds.
      </p>
    );
  }
  const full = niceAbove(most);
  return (
    <>
      <StackedColumns
        {...{ columns, full, scale: [rate(full), rate(full / 2), "0"] }}
        label={`Tokens a second over the last two minutes, ${rate(most)} at most; the table below has the latest figures`}
        caption="the last two minutes, now at the right"
      />
      <SeriesLegend names={series.map(visible)} others={working.length > series.length} />
    </>
  );
}

/** The next of 1, 2, 5, 10, 20, 50 …: a scale that jumps now and then, and is easy to read. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((step) => step * power >= value) ?? 10) * power;
}
