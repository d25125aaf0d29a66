import { constant } from "../../declare/constants.ts";
import { u64 } from "../../declare/numbers.ts";
import type { Pallet } from "../../declare/pallet.ts";

/** Who makes blocks: nobody needs to be chosen here, but clients read the time between two of them. */
export const auraPallet = (blockTimeMs: number): Pallet => ({
  name: "Aura",
  index: 3,
  storage: [],
  constants: [constant("SlotDuration", u64, BigInt(blockTimeMs))],
  simplifications: ["Blocks have no author and no seal; a block is final shortly after it is made."],
});
