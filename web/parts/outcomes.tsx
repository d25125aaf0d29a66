/** How jobs ended, as one bar and a legend: the colour of an outcome is the same everywhere. */
import type { Outcome } from "../../protocol/outcome.ts";
import type { OutcomeCounts } from "../../protocol/standing.ts";
import { count as written } from "../format.ts";

/** What each means, best first; the last three are nobody's fault but ours, and never a score. */
export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  ok: "right",
  wrong: "ended, and was not right",
  timeout: "took too long",
  limit: "used too much memory, disk or output",
  malformed: "handed in something that is not an answer",
  policy: "did what is forbidden",
  refused: "the miner declined",
  validator: "could not be judged; charged to nobody",
  provider: "a provider failed; charged to nobody",
  infra: "our machines failed; charged to nobody",
};

const known = (outcomes: OutcomeCounts): [Outcome, number][] =>
  (Object.keys(OUTCOMES) as Outcome[])
    .map((name): [Outcome, number] => [name, outcomes[name] ?? 0])
    .filter(([, count]) => count > 0);

/** Parts of a whole: of all the counts, or of `of` jobs when some have not ended yet. */
export function OutcomeBar({ outcomes, of }: { outcomes: OutcomeCounts; of?: number }) {
  const parts = known(outcomes);
  const sum = parts.reduce((total, [, count]) => total + count, 0);
  const whole = Math.max(sum, of ?? 0);
  const label = parts.map(([name, count]) => `${written(count)} ${name}`).join(", ") || "no job has ended";
  return (
    <div class="bar" role="img" aria-label={label} title={label}>
      {parts.map(([name, count]) => (
        <span key={name} class={`fill ${name}`} style={{ width: `${(count / whole) * 100}%` }} />
      ))}
    </div>
  );
}

export function OutcomeLegend({ outcomes }: { outcomes: OutcomeCounts }) {
  const shown = known(outcomes);
  if (shown.length === 0) return <p class="empty-note">No job has ended yet.</p>;
  return (
    <ul class="legend">
      {shown.map(([name, count]) => (
        <li key={name} title={OUTCOMES[name]}>
          <span class={`dot ${name}`} /> {name} <strong>{written(count)}</strong>
        </li>
      ))}
    </ul>
  );
}

export function OutcomeTag({ name }: { name: Outcome }) {
  return (
    <span class="tag" title={OUTCOMES[name]}>
      <span class={`dot ${name}`} /> {name}
    </span>
  );
}
