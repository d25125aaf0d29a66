import type { MinerView } from "../../protocol/views.ts";
import { percent, short } from "../format.ts";
import { OutcomeBar } from "./outcomes.tsx";

/** Miners, best first. On a phone each row becomes a card. */
export function Standings({ miners }: { miners: readonly MinerView[] }) {
  if (miners.length === 0) return <p class="empty-note">No miner has been judged yet.</p>;
  return (
    <table class="cards">
      <thead>
        <tr>
          <th>Miner</th>
          <th class="number">Accuracy</th>
          <th class="number">Reward</th>
          <th class="wide">Outcomes</th>
          <th class="number">Weight</th>
        </tr>
      </thead>
      <tbody>
        {miners.map((miner) => (
          <tr key={miner.uid} data-uid={miner.uid}>
            <td data-label="Miner">
              <a href={`#/miner/${miner.uid}`}>
                <strong>{miner.name ?? short(miner.hotkey)}</strong>
              </a>{" "}
              <span class="faint">uid {miner.uid}</span>
            </td>
            <td class="number" data-label="Accuracy">
              {percent(miner.accuracy)}
              {miner.open !== null && <span class="faint now"> now {percent(miner.open.accuracy)}</span>}
            </td>
            <td class="number" data-label="Reward">
              {miner.reward.toFixed(3)}
            </td>
            <td class="wide" data-label="Outcomes">
              <OutcomeBar outcomes={miner.outcomes} />
            </td>
            <td class="number" data-label="Weight">
              <span class="weight">
                <span class="weight-fill" style={{ width: `${miner.weight * 100}%` }} />
                <span class="weight-text">{percent(miner.weight)}</span>
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
