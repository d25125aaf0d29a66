/** The dashboard: one live snapshot of a subnet, shown as an overview or as one miner's page. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { connect, route, snapshot } from "./state.ts";
import { Frame } from "./views/frame.tsx";
import { MinerView } from "./views/miner.tsx";
import { ModelsView } from "./views/models.tsx";
import { OverviewView } from "./views/overview.tsx";

function App() {
  const miner = /^#\/miner\/(\d{1,5})$/.exec(route.value)?.[1];
  if (route.value === "#/models") return <Frame children={<ModelsView />} />;
  return (
    <Frame>{miner === undefined ? <OverviewView /> : <MinerView key={miner} uid={Number(miner)} />}</Frame>
  );
}

const root = document.getElementById("app");
if (root !== null) {
  connect();
  render(<App />, root);
  effect(() => {
    const overview = snapshot.value?.overview;
    if (overview === undefined) return;
    const round = overview.round === null ? "" : `round ${overview.round.round} · `;
    document.title = `${round}${overview.subnet.name} · Orrery`;
  });
}
