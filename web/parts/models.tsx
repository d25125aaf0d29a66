import type { ModelView } from "../../protocol/views.ts";
import { count, duration, percent, rate, span } from "../format.ts";
import { visible } from "../visible.ts";
import { useShown } from "./show-more.tsx";

const ROWS = 25;
const LABELS = 6;
/** Five reports. */
const SILENT_MS = 5_000;

export const isQuiet = (model: ModelView, at: number): boolean => at - model.heardAt > SILENT_MS;
export const serves = (model: ModelView, at: number): boolean =>
  model.status !== "failed" && !isQuiet(model, at);
/** Tokens a second, of the latest step that is over. */
export const rateNow = (model: ModelView): number => model.recent.at(-1) ?? 0;

/** Every actor that serves a model: what it is, and how much it has to do. */
export function Models({ models, at }: { models: readonly ModelView[]; at: number }) {
  const { shown, more } = useShown(models, ROWS);
  return (
    <>
      <table class="cards" aria-label="Models">
        <thead>
          <tr>
            <th>Model</th>
            <th>State</th>
            <th class="load" title="Answers that are made, of those that can be at the same time">
              Slots
            </th>
            <th class="number" title="Tokens given in a second, over the last two minutes">
              Tokens/s
            </th>
            <th
              class="number"
              title="From the request to the first token: half of the latest answers were faster. Below: 95 of 100"
            >
              First token
            </th>
            <th class="number" title="Of the memory for the states of running answers">
              Memory
            </th>
            <th class="number" title="Texts, scores and embeddings since it started">
              Answers
            </th>
            <th class="number" title="Calls that failed, and not by the caller's fault">
              Failed
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((model) => (
            <Row key={model.actor} model={model} at={at} />
          ))}
        </tbody>
      </table>
      {more}
    </>
  );
}

function Row({ model, at }: { model: ModelView; at: number }) {
  const { card, node, labels, work, memoryUsage } = model;
  return (
    <tr data-actor={model.actor}>
      <td class="who">
        <strong>{visible(card.id)}</strong> <span class="faint">{visible(node)}</span>
        <Labels labels={labels} />
      </td>
      <td data-label="State">
        <State model={model} at={at} />
      </td>
      <td class="load" data-label="Slots">
        <Slots model={model} />
      </td>
      <td class="number" data-label="Tokens/s">
        <span class="trend">
          <Trend recent={model.recent} /> {rate(rateNow(model))}
        </span>
      </td>
      <td class="number" data-label="First token">
        {work?.firstTokenMs == null ? (
          "–"
        ) : (
          <span>
            {duration(work.firstTokenMs.p50)}{" "}
            <span class="faint under">{duration(work.firstTokenMs.p95)}</span>
          </span>
        )}
      </td>
      <td class="number" data-label="Memory">
        {percent(memoryUsage)}
      </td>
      <td class="number" data-label="Answers">
        {work === null ? "–" : count(work.answers)}
      </td>
      <td class="number" data-label="Failed">
        {work === null ? "–" : work.failed === 0 ? "0" : <strong class="bad">{count(work.failed)}</strong>}
      </td>
    </tr>
  );
}

function Labels({ labels }: { labels: ModelView["labels"] }) {
  const all = Object.entries(labels);
  if (all.length === 0) return null;
  const told = all.map(([name, value]) => visible(`${name} ${value}`));
  return (
    <span class="labels">
      {told.slice(0, LABELS).map((label) => (
        <span key={label} class="label" title={label}>
          {label}
        </span>
      ))}
      {told.length > LABELS && (
        <span class="label" title={told.slice(LABELS).join("\n")}>
          {told.length - LABELS} more
        </span>
      )}
    </span>
  );
}

const STATES = { ready: "ok", loading: "wrong", unloaded: "refused", failed: "limit" } as const;

function State({ model, at }: { model: ModelView; at: number }) {
  const quiet = isQuiet(model, at);
  return (
    <span class="state">
      <span class={`dot ${quiet ? "limit" : STATES[model.status]}`} />{" "}
      {quiet ? `silent for ${span(at - model.heardAt)}` : model.status}
    </span>
  );
}

function Slots({ model: { running, waiting, slots } }: { model: ModelView }) {
  const told = `${count(running)} of ${count(slots)}`;
  return (
    <span class="slots">
      <span class="bar" role="img" aria-label={`${told} slots are taken, ${count(waiting)} wait`}>
        <span class="fill running" style={{ width: `${Math.min(1, running / slots) * 100}%` }} />
      </span>
      <span class="faint">
        {told}
        {waiting > 0 && (
          <>
            , <strong>{count(waiting)} waiting</strong>
          </>
        )}
      </span>
    </span>
  );
}

const [TREND_WIDTH, TREND_HEIGHT] = [64, 18];

/** How it went, against its own best: whether it works, and for how long. */
function Trend({ recent }: { recent: readonly number[] }) {
  const most = Math.max(...recent, 0);
  if (most === 0) return null;
  const points = recent.map((value, at) => {
    const x = (at / Math.max(1, recent.length - 1)) * TREND_WIDTH;
    return `${x.toFixed(1)},${(TREND_HEIGHT - 1 - (value / most) * (TREND_HEIGHT - 2)).toFixed(1)}`;
  });
  return (
    <svg width={TREND_WIDTH} height={TREND_HEIGHT} aria-hidden="true">
      <polygon class="area" points={`0,${TREND_HEIGHT} ${points.join(" ")} ${TREND_WIDTH},${TREND_HEIGHT}`} />
      <polyline class="line" points={points.join(" ")} />
    </svg>
  );
}
