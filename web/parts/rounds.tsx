import type { RoundView } from "../../protocol/views.ts";
import { count, counted, span } from "../format.ts";
import { OutcomeBar } from "./outcomes.tsx";

/** How far the round that is open has come, in the colours of how its jobs ended. */
export function RoundProgress({ round, at }: { round: RoundView; at: number }) {
  const { concluded, planned, closedAt, openedAt, outcomes } = round;
  return (
    <div class="progress">
      <p>
        <strong>{count(concluded)}</strong> of {counted(planned, "job")}{" "}
        <span class="faint">
          {closedAt === null
            ? `open for ${span(at - openedAt)}`
            : `closed after ${span(closedAt - openedAt)}; the next opens at its block`}
        </span>
      </p>
      <OutcomeBar outcomes={outcomes} of={planned} />
    </div>
  );
}

const SHOWN = 12;

/** Earlier rounds, newest first, each with how its jobs ended. */
export function RoundHistory({ rounds }: { rounds: readonly RoundView[] }) {
  const earlier = rounds.slice(1, SHOWN + 1);
  if (earlier.length === 0) return null;
  return (
    <>
      <h3>Earlier rounds</h3>
      <ol class="rounds">
        {earlier.map((round) => (
          <li key={round.round}>
            <span class="faint">round {round.round}</span>
            <OutcomeBar outcomes={round.outcomes} />
            <span class="faint number">{counted(round.concluded, "job")}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
