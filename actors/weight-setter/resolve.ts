/** Uids are places that change hands: a decision names hotkeys, and becomes uids when it is sent. */

import { toWeightVector } from "../../chain/weights.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Metagraph } from "../../protocol/metagraph.ts";
import type { WeightEvidence, WeightVector } from "../../protocol/weights.ts";

export interface Resolved {
  vector: WeightVector;
  /** Of each uid of the vector. */
  hotkeys: string[];
  /** Those of the decision that are no longer registered. */
  gone: string[];
}

/** The decision's vector by the uids of now, its largest at 65,535 again. Fails with `refused` when nobody is left. */
export function resolveHotkeys(
  { vector, hotkeys }: Pick<WeightEvidence, "vector" | "hotkeys">,
  metagraph: Metagraph,
): Resolved {
  const uidOf = new Map(metagraph.neurons.map((neuron) => [neuron.hotkey, neuron.uid]));
  const hotkeyOf = new Map(metagraph.neurons.map((neuron) => [neuron.uid, neuron.hotkey]));
  const shares = new Map<number, number>();
  const gone: string[] = [];
  for (const [at, decided] of vector.uids.entries()) {
    // A decision from before hotkeys were kept is taken as it stands.
    const hotkey = hotkeys?.[at];
    const uid = hotkey === undefined ? decided : uidOf.get(hotkey);
    if (uid === undefined) gone.push(hotkey ?? "");
    else shares.set(uid, vector.values[at] ?? 0);
  }
  if (shares.size === 0) {
    throw new Failure("refused", "none of the weighed miners is registered any more", {
      meta: { decided: vector.uids.length },
    });
  }
  const resolved = toWeightVector(shares);
  return { vector: resolved, hotkeys: resolved.uids.map((uid) => hotkeyOf.get(uid) ?? ""), gone };
}

/** Uids of what was sent that belong to somebody else by now. */
export function movedUids(
  sent: { row: { uids: number[] }; hotkeys: string[] },
  { neurons }: Metagraph,
): number[] {
  const hotkeyOf = new Map(neurons.map((neuron) => [neuron.uid, neuron.hotkey]));
  return sent.row.uids.filter((uid, at) => {
    const hotkey = sent.hotkeys[at];
    return hotkey !== undefined && hotkey !== "" && hotkeyOf.get(uid) !== hotkey;
  });
}
