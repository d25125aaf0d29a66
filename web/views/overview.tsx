import { span } from "../format.ts";
import { Nodes } from "../parts/nodes.tsx";
import { OutcomeBar, OutcomeLegend } from "../parts/outcomes.tsx";
import { Standings } from "../parts/standings.tsx";
import { WeightsHistory } from "../parts/weights-history.tsx";
import { snapshot } from "../state.ts";

/** The subnet at a glance: the running round, standings, weights, nodes. */
export function OverviewView() {
  const shown = snapshot.value;
  if (shown === undefined) return <p class="empty-note">Waiting for the gateway …</p>;
  const { overview, miners, rounds, weights, nodes } = shown;
  const round = overview.round;
  return (
    <>
      <section class="tiles" aria-label="Now">
        <div class="tile">
          <span class="faint">Round</span>
          <strong>{round === null ? "none yet" : round.round}</strong>
          <span class="faint">
            {round === null
              ? "waiting for its block"
              : round.closedAt === null
                ? `open for ${span(overview.at - round.openedAt)}`
                : `closed after ${span(round.closedAt - round.openedAt)}`}
          </span>
        </div>
        <div class="tile">
          <span class="faint">Jobs this round</span>
          <strong>{round?.jobs ?? 0}</strong>
          <span class="faint">
            {round?.tasks ?? 0} tasks, {round?.miners ?? 0} miners
          </span>
        </div>
        <div class="tile">
          <span class="faint">Weights</span>
          <strong>{overview.weights === null ? "none yet" : overview.weights.state}</strong>
          <span class="faint">
            {overview.weights === null ? "after the first round" : `epoch ${overview.weights.epoch}`}
          </span>
        </div>
        <div class="tile">
          <span class="faint">Nodes</span>
          <strong>{nodes.length}</strong>
          <span class="faint">{nodes.filter(({ state }) => state === "ready").length} ready</span>
        </div>
      </section>

      <section>
        <h2>Standings</h2>
        <Standings miners={miners} />
      </section>

      <section>
        <h2>Jobs by outcome</h2>
        <OutcomeBar outcomes={overview.outcomes} />
        <OutcomeLegend outcomes={overview.outcomes} />
        {rounds.length > 1 && (
          <ol class="rounds">
            {rounds.slice(0, 12).map(({ round: number, outcomes, jobs }) => (
              <li key={number}>
                <span class="faint">round {number}</span>
                <OutcomeBar outcomes={outcomes} />
                <span class="faint number">{jobs}</span>
              </li>
            ))}
          </ol>
        )}
      </section>

      <section>
        <h2>Weights</h2>
        <WeightsHistory weights={weights} miners={miners} />
      </section>

      <section>
        <h2>Nodes</h2>
        <Nodes nodes={nodes} at={overview.at} />
      </section>
    </>
  );
}
