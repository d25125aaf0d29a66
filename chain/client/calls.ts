/** The calls of subtensor that set weights, in SCALE. */
import type { WeightCall } from "../../protocol/weight-setting.ts";
import type { ChainTypes } from "../scale/chain-types.ts";
import { fromHex } from "../scale/hex.ts";

const MODULE = "SubtensorModule";

export function encodeWeightCall(types: ChainTypes, netuid: number, call: WeightCall): Uint8Array {
  switch (call.kind) {
    case "set":
      return types.call(MODULE, "set_weights", {
        netuid,
        dests: call.row.uids,
        weights: call.row.values,
        version_key: BigInt(call.versionKey),
      });
    case "commit":
      return types.call(MODULE, "commit_weights", { netuid, commit_hash: call.hash });
    case "reveal":
      return types.call(MODULE, "reveal_weights", {
        netuid,
        uids: call.row.uids,
        values: call.row.values,
        salt: call.salt,
        version_key: BigInt(call.versionKey),
      });
    case "timelock":
      return types.call(MODULE, "commit_timelocked_weights", {
        netuid,
        commit: fromHex(call.ciphertext),
        reveal_round: BigInt(call.round),
        commit_reveal_version: call.version,
      });
  }
}
