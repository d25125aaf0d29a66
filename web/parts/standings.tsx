import { useState } from "preact/hooks";
import type { MinerView } from "../../protocol/views.ts";
import { minerName, percent } from "../format.ts";
import { OutcomeBar } from "./outcomes.tsx";
import { useShown } from "./show-more.tsx";

const ROWS = 50;
/** With fewer miners than this, looking is faster than searching. */
const SEARCH_FROM = 20;

/** Miners, best first. On a phone each row becomes a card. */
export function Standings({ miners }: { miners: readonly MinerView[] }) {
  const [sought, setSought] = useState("");
  const wanted = sought.trim().toLowerCase();
  const heaviest = Math.max(...miners.map(({ weight }) => weight), Number.MIN_VALUE);
  const ranks = new Map(miners.map(({ uid }, index) => [uid, index + 1]));
  const found = wanted === "" ? miners : miners.filter((miner) => matches(miner, wanted));
  const { shown, more } = useShown(found, ROWS);
  if (miners.length === 0) {
    return <p class="empty-note">No miner is known yet. They appear when the first round opens.</p>;
  }
  return (
    <>
      {miners.length >= SEARCH_FROM && (
        <p>
          <label>
            Find{" "}
            <input
              type="search"
              placeholder="name, uid or hotkey"
              value={sought}
              maxLength={64}
              onInput={(event) => setSought(event.currentTarget.value)}
            />
          </label>{" "}
          <span class="faint" role="status">
            {found.length} of {miners.length} miners
          </span>
        </p>
      )}
      {found.length === 0 && <p class="empty-note">No miner is called so.</p>}
      <table class="cards" aria-label="Standings, best first">
        <thead>
          <tr>
            <th class="number" title="Place by reward">
              #
            </th>
            <th>Miner</th>
            <th class="number" title="Mean accuracy in the round that is open">
              This round
            </th>
            <th class="number" title="Mean accuracy over all judged jobs of closed rounds">
              Accuracy
            </th>
            <th class="number" title="What the subnet ranks by">
              Reward
            </th>
            <th class="wide">Outcomes</th>
            <th class="number" title="Share of the last weights set on chain; the bar is against the largest">
              Weight
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((miner) => (
            <Row key={miner.uid} {...{ miner, heaviest }} rank={ranks.get(miner.uid) ?? 0} />
          ))}
        </tbody>
      </table>
      {more}
    </>
  );
}

const matches = ({ uid, hotkey, name }: MinerView, wanted: string): boolean =>
  `${uid}` === wanted ||
  hotkey.toLowerCase().includes(wanted) ||
  (name?.toLowerCase().includes(wanted) ?? false);

function Row({ miner, heaviest, rank }: { miner: MinerView; heaviest: number; rank: number }) {
  return (
    <tr data-uid={miner.uid}>
      <td class="number rank">{rank}</td>
      <td class="who">
        <a href={`#/miner/${miner.uid}`}>{minerName(miner)}</a>{" "}
        <span class="faint">
          uid {miner.uid}
          {miner.presence === "absent" && ", absent"}
          {miner.presence === "gone" && ", not registered any more"}
        </span>
      </td>
      <td class="number" data-label="This round">
        {miner.open === null ? "–" : percent(miner.open.accuracy)}
      </td>
      <td class="number" data-label="Accuracy">
        {miner.rounds === 0 ? "–" : percent(miner.accuracy)}
      </td>
      <td class="number" data-label="Reward">
        {miner.rounds === 0 ? "–" : miner.reward.toFixed(3)}
      </td>
      <td class="wide" data-label="Outcomes">
        <OutcomeBar outcomes={miner.outcomes} />
      </td>
      <td class="number" data-label="Weight">
        <span class="weight">
          <span class="weight-fill" style={{ width: `${(miner.weight / heaviest) * 100}%` }} />
          <span class="weight-text">{percent(miner.weight)}</span>
        </span>
      </td>
    </tr>
  );
}
