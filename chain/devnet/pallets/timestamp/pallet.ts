import { call } from "../../declare/calls.ts";
import { constant } from "../../declare/constants.ts";
import { badOrigin } from "../../declare/errors.ts";
import { compact, u64 } from "../../declare/numbers.ts";
import type { Pallet } from "../../declare/pallet.ts";
import { storageOf } from "../../declare/storage.ts";

const { value } = storageOf("Timestamp");

/** Milliseconds since the Unix epoch, of the block. */
export const Now = value("Now", { type: u64, fallback: 0n });

export const timestampPallet = (blockTimeMs: number): Pallet => ({
  name: "Timestamp",
  index: 2,
  storage: [Now],
  calls: {
    path: "pallet_timestamp::pallet::Call",
    calls: [
      call({
        name: "set",
        index: 0,
        args: { now: compact(u64) },
        class: "Mandatory",
        pays: false,
        run({ origin, state }, { now }) {
          if (origin.kind !== "none") throw badOrigin();
          state.put(Now, now);
        },
      }),
    ],
  },
  constants: [constant("MinimumPeriod", u64, BigInt(Math.floor(blockTimeMs / 2)))],
  simplifications: [],
});
