import { eventsOf, u64, vec } from "../../declare/index.ts";

export const drandEvents = eventsOf("Drand", "pallet_drand::pallet::Event", {
  BeaconConfigChanged: [0],
  NewPulse: [1, { rounds: vec(u64) }],
  SetOldestStoredRound: [2, u64],
});
