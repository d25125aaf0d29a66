/** What the dashboard shows of the chain: each neuron as the last epoch left it, and who would gain in the next. */
import type { Chain } from "../../chain/chain.ts";
import { followMetagraph } from "../../chain/follow-metagraph.ts";
import type { Metagraph } from "../../protocol/metagraph.ts";
import {
  type ForecastView,
  MAX_NEURONS_SHOWN,
  type NeuronView,
  type OnChainView,
} from "../../protocol/views.ts";
import type { Node } from "../../runtime/node.ts";

export interface OnChainOptions {
  node: Pick<Node, "clock" | "log">;
  chain: Chain;
  netuid: number;
  names: ReadonlyMap<string, string>;
  signal: AbortSignal;
  see(view: OnChainView): void;
}

const FORECAST_BLOCKS = 10;
const U16 = 65_535;
const RAO = 1e9;

/** Tells every new block's metagraph until the signal aborts; nothing on a chain without consensus. */
export async function followOnChain(options: OnChainOptions): Promise<void> {
  const { node, chain, netuid, names, signal, see } = options;
  const away = () => node.log.debug("the chain is away; the dashboard shows what it was");
  let latest: { block: number; views: ForecastView[] } = { block: -FORECAST_BLOCKS, views: [] };
  for await (const { metagraph } of followMetagraph({ chain, netuid, clock: node.clock, signal, away })) {
    if (metagraph.neurons.every(({ incentive }) => incentive === undefined)) continue;
    // Every row of weights is asked for: not with every block.
    if (metagraph.block >= latest.block + FORECAST_BLOCKS) {
      latest = { block: metagraph.block, views: await forecast(chain, netuid, node) };
    }
    see({
      netuid,
      block: metagraph.block,
      neurons: neuronViews(metagraph, names),
      forecast: latest.views,
    });
  }
}

function neuronViews({ neurons }: Metagraph, names: ReadonlyMap<string, string>): NeuronView[] {
  return neurons
    .map(({ uid, hotkey, stake, validatorPermit, lastUpdate, ...told }) => ({
      ...{ uid, hotkey, stake, validatorPermit, lastUpdate },
      name: names.get(hotkey)?.slice(0, 64) ?? null,
      incentive: (told.incentive ?? 0) / U16,
      dividends: (told.dividends ?? 0) / U16,
      validatorTrust: (told.validatorTrust ?? 0) / U16,
      emission: (told.emissionRao ?? 0) / RAO,
    }))
    .sort((a, b) => b.emission - a.emission || a.uid - b.uid)
    .slice(0, MAX_NEURONS_SHOWN);
}

async function forecast(chain: Chain, netuid: number, node: OnChainOptions["node"]): Promise<ForecastView[]> {
  if (chain.forecast === undefined) return [];
  try {
    return (await chain.forecast(netuid)).slice(0, 2 * MAX_NEURONS_SHOWN);
  } catch (thrown) {
    node.log.debug("the next epoch cannot be forecast", { reason: String(thrown).slice(0, 200) });
    return [];
  }
}
