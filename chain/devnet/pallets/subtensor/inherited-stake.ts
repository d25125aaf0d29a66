/** Stake as consensus counts it: what a hotkey has, less what it lends to its children, more what its parents lend it. */

import { stakeWeight } from "../../../yuma/index.ts";
import type { AccountId } from "../../declare/index.ts";
import { less, U64_MAX, u96f32 } from "../fixed-point.ts";
import { hotkeyStake } from "./share-pool.ts";
import { S } from "./storage.ts";
import { type At, ownerUid, ROOT, uidOf } from "./subnets.ts";

export interface StakeWeight {
  /** I64F64 raw bits. */
  total: bigint;
  /** Rao. */
  alpha: bigint;
  tao: bigint;
}

/** A hotkey's weight on a subnet (`get_stake_weights_for_hotkey_on_subnet`). */
export function stakeWeightOf(at: At, hotkey: AccountId, netuid: number): StakeWeight {
  const alpha = netuid === ROOT ? hotkeyStake(at, hotkey, ROOT) : inherited(at, hotkey, netuid, netuid);
  const tao = inherited(at, hotkey, netuid, ROOT);
  const taoWeight = at.state.get(S.TaoWeight);
  return { total: stakeWeight({ alphaRao: alpha, taoRao: tao, taoWeight }), alpha, tao };
}

/** The TAO weight as a share, U96F32. */
export const taoWeightOf = ({ state }: At): bigint => u96f32.ratio(state.get(S.TaoWeight), U64_MAX);

/** Stake of one subnet (`of`), lent along the relations of another. */
function inherited({ state }: At, hotkey: AccountId, netuid: number, of: number): bigint {
  const own = state.get(S.TotalHotkeyAlpha, hotkey, of);
  const children = state.get(S.ChildKeys, hotkey, netuid);
  const parents = state.get(S.ParentKeys, hotkey, netuid);
  if (children.length === 0 && parents.length === 0) return own;
  const lent = children.reduce((sum, [share]) => sum + part(own, share), 0n);
  const borrowed = parents.reduce(
    (sum, [share, parent]) => sum + part(state.get(S.TotalHotkeyAlpha, parent, of), share),
    0n,
  );
  return u96f32.floor(less(u96f32.from(own), lent) + borrowed);
}

/** U96F32: `stake × share / u64::MAX`. */
const part = (stake: bigint, share: bigint): bigint =>
  u96f32.multiply(u96f32.from(stake), u96f32.ratio(share, U64_MAX));

/** Whether the hotkey has stake enough to set weights, or is the owner's (`check_weights_min_stake`). */
export function mayWeigh(at: At, hotkey: AccountId, netuid: number): boolean {
  const owner = ownerUid(at, netuid);
  if (owner !== undefined && uidOf(at, netuid, hotkey) === owner) return true;
  return stakeWeightOf(at, hotkey, netuid).total >= at.state.get(S.StakeThreshold) << 64n;
}
