import type { ModelView, Overview } from "../../protocol/views.ts";
import { count, counted, rate } from "../format.ts";
import { rateNow, serves } from "../parts/models.tsx";
import { isSilent, Nodes } from "../parts/nodes.tsx";
import { OnChain } from "../parts/on-chain.tsx";
import { OutcomeBar, OutcomeLegend } from "../parts/outcomes.tsx";
import { RoundHistory, RoundProgress } from "../parts/rounds.tsx";
import { Standings } from "../parts/standings.tsx";
import { Tile } from "../parts/tile.tsx";
import { WeightsHistory } from "../parts/weights-history.tsx";
import { snapshot } from "../state.ts";

/** The subnet at a glance: the running round, standings, weights, nodes. */
export function OverviewView() {
  const shown = snapshot.value;
  if (shown === undefined) return <p class="empty-note">Waiting for the gateway …</p>;
  const { overview, miners, rounds, weights, nodes, models, chain } = shown;
  const { round, at } = overview;
  const here = miners.filter(({ presence }) => presence === "here").length;
  const well = nodes.filter((node) => node.state === "ready" && !isSilent(node, at)).length;
  return (
    <>
      <h1 class="summary">{overview.subnet.summary}</h1>
      <div class="tiles">
        <Tile name="Round" value={round === null ? "none yet" : count(round.round)}>
          {round === null ? "opens at its block" : round.closedAt === null ? "open" : "closed"}
          {round !== null && `, ${counted(round.tasks, "task")}`}
        </Tile>
        <Tile name="Miners" value={count(here)}>
          of {count(miners.length)} known
        </Tile>
        <WeightsTile weights={overview.weights} />
        <Tile name="Nodes" value={count(nodes.length)}>
          {count(well)} ready
        </Tile>
        {models.length > 0 && <ModelsTile models={models} at={at} />}
      </div>

      {round !== null && (
        <section aria-labelledby="round">
          <h2 id="round">Round {round.round}</h2>
          <RoundProgress round={round} at={at} />
        </section>
      )}

      <section aria-labelledby="standings">
        <h2 id="standings">Standings</h2>
        <Standings miners={miners} />
      </section>

      <section aria-labelledby="outcomes">
        <h2 id="outcomes">Jobs by outcome</h2>
        {round !== null && <OutcomeBar outcomes={overview.outcomes} />}
        <OutcomeLegend outcomes={overview.outcomes} />
        <RoundHistory rounds={rounds} />
      </section>

      <section aria-labelledby="weights">
        <h2 id="weights">Weights</h2>
        <WeightsHistory weights={weights} miners={miners} />
      </section>

      {chain !== null && (
        <section aria-labelledby="chain">
          <h2 id="chain">On chain</h2>
          <OnChain chain={chain} />
        </section>
      )}

      <section aria-labelledby="nodes">
        <h2 id="nodes">Nodes</h2>
        <Nodes nodes={nodes} at={at} />
      </section>
    </>
  );
}

const WEIGHTS = {
  decided: "on its way",
  sent: "on its way",
  committed: "committed",
  set: "set",
  refused: "not set",
} as const;

function WeightsTile({ weights }: { weights: Overview["weights"] }) {
  return (
    <Tile name="Weights" value={weights === null ? "none yet" : WEIGHTS[weights.state]}>
      {weights === null ? "after the first round" : `epoch ${weights.epoch}`}
    </Tile>
  );
}

function ModelsTile({ models, at }: { models: readonly ModelView[]; at: number }) {
  const here = models.filter((model) => serves(model, at));
  return (
    <Tile name="Models" value={count(new Set(here.map(({ card }) => card.id)).size)}>
      <a href="#/models">{rate(here.reduce((sum, model) => sum + rateNow(model), 0))} tokens a second</a>
    </Tile>
  );
}
