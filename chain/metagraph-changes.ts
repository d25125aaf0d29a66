/** What happened between two metagraphs of a subnet. */
import type { Metagraph } from "../protocol/metagraph.ts";

export type MetagraphChange =
  | { kind: "registered"; uid: number; hotkey: string }
  /** The uid went to another hotkey. */
  | { kind: "replaced"; uid: number; hotkey: string; before: string }
  | { kind: "removed"; uid: number; hotkey: string }
  | { kind: "permit"; uid: number; hotkey: string; permit: boolean }
  | { kind: "weights"; uid: number; hotkey: string; block: number };

/** By uid, and for one uid in the order above. */
export function metagraphChanges(before: Metagraph, after: Metagraph): MetagraphChange[] {
  const old = new Map(before.neurons.map((neuron) => [neuron.uid, neuron]));
  const changes: MetagraphChange[] = [];
  for (const { uid, hotkey, validatorPermit, lastUpdate, registeredAt } of after.neurons) {
    const was = old.get(uid);
    old.delete(uid);
    if (was === undefined) changes.push({ kind: "registered", uid, hotkey });
    else if (was.hotkey !== hotkey) changes.push({ kind: "replaced", uid, hotkey, before: was.hotkey });
    const same = was?.hotkey === hotkey ? was : undefined;
    if ((same?.validatorPermit ?? false) !== validatorPermit) {
      changes.push({ kind: "permit", uid, hotkey, permit: validatorPermit });
    }
    // Registration counts as an update on chain, but sets no weights.
    if (lastUpdate > Math.max(same?.lastUpdate ?? 0, registeredAt)) {
      changes.push({ kind: "weights", uid, hotkey, block: lastUpdate });
    }
  }
  for (const { uid, hotkey } of old.values()) changes.push({ kind: "removed", uid, hotkey });
  return changes;
}
