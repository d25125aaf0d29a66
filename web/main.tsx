/** The dashboard: one live snapshot of a subnet, shown as an overview or as one miner's page. */
import { render } from "preact";
import { connect, route } from "./state.ts";
import { Frame } from "./views/frame.tsx";
import { MinerView } from "./views/miner.tsx";
import { OverviewView } from "./views/overview.tsx";

function App() {
  const miner = /^#\/miner\/(\d+)$/.exec(route.value)?.[1];
  return (
    <Frame>{miner === undefined ? <OverviewView /> : <MinerView key={miner} uid={Number(miner)} />}</Frame>
  );
}

const root = document.getElementById("app");
if (root !== null) {
  connect();
  render(<App />, root);
}
