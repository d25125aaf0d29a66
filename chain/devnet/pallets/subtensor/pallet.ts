import type { Pallet } from "../../declare/index.ts";
import { constants } from "./constants.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { idleCalls } from "./idle-calls.ts";
import { neuronCalls } from "./neuron-calls.ts";
import { stakeCalls } from "./stake-calls.ts";
import { subtensorStorage } from "./storage.ts";
import { subnetCalls } from "./subnet-calls.ts";
import { weightCalls } from "./weight-calls.ts";

export const subtensorPallet: Pallet = {
  name: "SubtensorModule",
  index: 7,
  storage: subtensorStorage,
  calls: {
    path: "pallet_subtensor::pallet::Call",
    calls: [...weightCalls, ...stakeCalls, ...neuronCalls, ...subnetCalls, ...idleCalls],
  },
  events,
  errors,
  constants,
  simplifications: [
    "A stake of the genesis is alpha at a price of 1, and validators of the genesis have their permits from block 1 on; later ones get theirs at an epoch, as on chain.",
    "A new subnet starts with a tempo of 10 and up to 32 epochs run in one block, as in the chain's own fast build.",
    "Limits are those of a chain in a hurry: children wait 15 blocks, takes of children change after 5, networks follow each other at once, root takes 64 hotkeys a block, and owners are barred for a fifth of a short tempo before an epoch.",
    "Root's dividends are staked to its stakers at once: there is nothing to claim, and claim_root is not simulated.",
    "A 129th subnet is refused with SubnetLimitReached: no subnet is dissolved for another.",
    "Root validators do not become parents of a new subnet's owner by themselves.",
    "TAO flows are not counted: emission follows prices alone, as it does on chain while flows are off.",
    "Signs of subnets are the Greek letters that the chain's list begins with; subnets without an identity are called unknown.",
    `Not simulated, and refused: ${idleCalls.map(({ name }) => name).join(", ")}.`,
  ],
};
