/** A coldkey gives up alpha: recycled it can be emitted again, burned it is out of reach. */
import { type AccountId, type CallContext, ensure, event } from "../../declare/index.ts";
import { least } from "../fixed-point.ts";
import { burnAlpha, recycleAlpha } from "./alpha.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { hotkeyExists } from "./ownership.ts";
import { decreaseStake, stakeOf } from "./share-pool.ts";
import { S } from "./storage.ts";
import { ROOT, subnetExists } from "./subnets.ts";

export interface Disposal {
  hotkey: AccountId;
  amount: bigint;
  netuid: number;
  how: "recycle" | "burn";
}

export function disposeOfAlpha(context: CallContext, { hotkey, amount, netuid, how }: Disposal): bigint {
  const { state } = context;
  const coldkey = context.signer();
  ensure(subnetExists(context, netuid), errors, "SubnetNotExists");
  ensure(netuid !== ROOT, errors, "CannotBurnOrRecycleOnRootSubnet");
  ensure(state.get(S.SubtokenEnabled, netuid), errors, "SubtokenDisabled");
  ensure(hotkeyExists(context, hotkey), errors, "HotKeyAccountNotExists");
  const given = least(amount, stakeOf(context, hotkey, coldkey, netuid));
  ensure(state.get(S.SubnetAlphaOut, netuid) >= given, errors, "InsufficientLiquidity");
  decreaseStake(context, hotkey, coldkey, netuid, given);
  if (how === "recycle") recycleAlpha(context, netuid, given);
  else burnAlpha(context, netuid, given);
  const name = how === "recycle" ? "AlphaRecycled" : "AlphaBurned";
  context.emit(event(events, name, [coldkey, hotkey, given, netuid]));
  return given;
}
