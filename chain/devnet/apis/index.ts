import type { RuntimeApi } from "../declare/index.ts";
import { delegateInfoApi } from "./delegate-info.ts";
import { neuronInfoApi } from "./neuron-info.ts";
import { stakeInfoApi } from "./stake-info.ts";
import { subnetInfoApi } from "./subnet-info.ts";
import { registrationApi, swapApi } from "./swap-info.ts";

/** The runtime APIs of the pallets, in the chain's order. */
export const palletApis: readonly RuntimeApi[] = [
  delegateInfoApi,
  neuronInfoApi,
  subnetInfoApi,
  stakeInfoApi,
  registrationApi,
  swapApi,
];
