import type { Pallet } from "../../declare/index.ts";
import { chainParameters } from "./chain-parameters.ts";
import { adminErrors } from "./errors.ts";
import { adminEvents } from "./events.ts";
import { idleCalls, refusedCalls } from "./idle-calls.ts";
import { mechanismParameters } from "./mechanism-parameters.ts";
import { subnetParameters } from "./subnet-parameters.ts";

export const adminUtilsPallet: Pallet = {
  name: "AdminUtils",
  index: 19,
  storage: [],
  calls: {
    path: "pallet_admin_utils::pallet::Call",
    calls: [...subnetParameters, ...chainParameters, ...mechanismParameters, ...refusedCalls, ...idleCalls],
  },
  events: adminEvents,
  errors: adminErrors,
  constants: [],
  simplifications: [`Not simulated, and refused: ${idleCalls.map(({ name }) => name).join(", ")}.`],
};
