import { accountId, eventsOf, u16, u64 } from "../../declare/index.ts";

export const commitmentsEvents = eventsOf("Commitments", "pallet_commitments::pallet::Event", {
  Commitment: [0, { netuid: u16, who: accountId }],
  TimelockCommitment: [1, { netuid: u16, who: accountId, reveal_round: u64 }],
  CommitmentRevealed: [2, { netuid: u16, who: accountId }],
});
