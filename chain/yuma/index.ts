export { activityCutoff } from "./activity.ts";
export { printOutput, readCase } from "./case.ts";
export { runEpoch } from "./epoch.ts";
export type { EpochInput, EpochOutput } from "./epoch-input.ts";
export { type Explanation, explainEpoch } from "./explain.ts";
export { runSubnetEpoch, type SubnetInput, splitEmission } from "./mechanisms.ts";
export { stakeOf, stakeWeight } from "./stake.ts";
