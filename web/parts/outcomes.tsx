/** How jobs ended, as one bar and a legend: the colour of an outcome is the same everywhere. */
import type { OutcomeCounts } from "../../protocol/standing.ts";

const ORDER = [
  "ok",
  "wrong",
  "timeout",
  "limit",
  "malformed",
  "policy",
  "refused",
  "validator",
  "provider",
  "infra",
] as const;
export type OutcomeName = (typeof ORDER)[number];

const known = (outcomes: OutcomeCounts): [OutcomeName, number][] =>
  ORDER.map((name): [OutcomeName, number] => [name, outcomes[name] ?? 0]).filter(([, count]) => count > 0);

export function OutcomeBar({ outcomes }: { outcomes: OutcomeCounts }) {
  const parts = known(outcomes);
  const total = parts.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return <div class="bar empty" aria-hidden="true" />;
  const label = parts.map(([name, count]) => `${count} ${name}`).join(", ");
  return (
    <div class="bar" role="img" aria-label={label} title={label}>
      {parts.map(([name, count]) => (
        <span key={name} class={`fill ${name}`} style={{ width: `${(count / total) * 100}%` }} />
      ))}
    </div>
  );
}

export function OutcomeLegend({ outcomes }: { outcomes: OutcomeCounts }) {
  return (
    <ul class="legend">
      {known(outcomes).map(([name, count]) => (
        <li key={name}>
          <span class={`dot ${name}`} /> {name} <strong>{count}</strong>
        </li>
      ))}
    </ul>
  );
}

export function OutcomeTag({ name }: { name: OutcomeName }) {
  return (
    <span class="tag">
      <span class={`dot ${name}`} /> {name}
    </span>
  );
}
