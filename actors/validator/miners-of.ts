/** Whom a validator asks: everybody who is registered and does not validate. */
import type { Metagraph, Neuron } from "../../protocol/metagraph.ts";

/**
 * On a chain with consensus a permit says little: what a miner earns is staked, and where there is room any stake earns a
 * permit. Who validates is who has one and has set weights since it registered. On a local chain only those who are meant
 * to validate have a permit.
 */
export const minersOf = ({ neurons }: Metagraph, self: number): Pick<Neuron, "uid" | "hotkey">[] =>
  neurons
    .filter((neuron) => neuron.uid !== self && !validates(neuron))
    .map(({ uid, hotkey }) => ({ uid, hotkey }));

function validates({ validatorPermit, lastUpdate, registeredAt, incentive }: Neuron): boolean {
  if (incentive === undefined) return validatorPermit;
  return validatorPermit && lastUpdate > registeredAt;
}
