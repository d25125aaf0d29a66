/** From standings to the vector of an epoch: pure, and never a vector out of an empty or failed state. */
import { toWeightVector } from "../../chain/weights.ts";
import { cutText } from "../../protocol/cut-text.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Metagraph } from "../../protocol/metagraph.ts";
import type { WeightVector } from "../../protocol/weights.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { ranked, type Standings } from "../standings/standings.ts";

export type Decision = { vector: WeightVector } | { vector: null; reason: string };

export function decideWeights(subnet: LoadedSubnet, standings: Standings, metagraph: Metagraph): Decision {
  if (standings.round === null) return { vector: null, reason: "no round has closed yet" };
  const registered = new Map(metagraph.neurons.map((neuron) => [neuron.uid, neuron.hotkey]));
  // A uid that changed hands is paid for its own work only.
  const eligible = ranked(standings).filter(({ uid, hotkey }) => registered.get(uid) === hotkey);
  if (eligible.length === 0) return { vector: null, reason: "no ranked miner is registered" };
  try {
    const shares = subnet.definition.weigh({ standings: eligible, metagraph, params: subnet.params });
    for (const uid of shares.keys()) {
      if (!registered.has(uid))
        return { vector: null, reason: `the mechanism weighed uid ${uid}, which is not registered` };
    }
    return { vector: toWeightVector(shares) };
  } catch (thrown) {
    return { vector: null, reason: cutText(Failure.from(thrown).toLine(), 1_000) };
  }
}
