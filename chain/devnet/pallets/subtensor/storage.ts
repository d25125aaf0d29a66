/** All storage of the subtensor pallet: `state.get(S.Tempo, netuid)`. */
import { hyperparameterStorage } from "./hyperparameter-storage.ts";
import { idleStorage } from "./idle-storage.ts";
import { laterStorage } from "./later-storage.ts";
import { neuronStorage } from "./neuron-storage.ts";
import { stakeStorage } from "./stake-storage.ts";
import { subnetStorage } from "./subnet-storage.ts";

export const S = {
  ...neuronStorage,
  ...stakeStorage,
  ...subnetStorage,
  ...hyperparameterStorage,
};

/** Every item, for metadata. */
export const subtensorStorage = [...Object.values(S), ...Object.values(idleStorage), ...laterStorage];
