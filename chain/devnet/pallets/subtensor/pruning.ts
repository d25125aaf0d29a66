/** Which neuron gives way when a subnet is full. */

export interface Prunable {
  uid: number;
  emission: bigint;
  registeredAt: number;
  immune: boolean;
  /** Belongs to the owner and is kept for ever. */
  immortal: boolean;
}

/**
 * The neuron to replace, or undefined when there is none (`get_neuron_to_prune`): the one with least emission, then the
 * earliest registered, then the lowest uid; of those past immunity while more than `minNonImmune` are, of the immune
 * ones otherwise.
 */
export function neuronToPrune(neurons: Iterable<Prunable>, minNonImmune: number): number | undefined {
  let free = 0;
  let worst: Prunable | undefined;
  let worstImmune: Prunable | undefined;
  for (const neuron of neurons) {
    if (neuron.immortal) continue;
    if (neuron.immune) {
      if (worstImmune === undefined || before(neuron, worstImmune)) worstImmune = neuron;
    } else {
      free += 1;
      if (worst === undefined || before(neuron, worst)) worst = neuron;
    }
  }
  return free > minNonImmune ? worst?.uid : worstImmune?.uid;
}

function before(a: Prunable, b: Prunable): boolean {
  if (a.emission !== b.emission) return a.emission < b.emission;
  if (a.registeredAt !== b.registeredAt) return a.registeredAt < b.registeredAt;
  return a.uid < b.uid;
}
