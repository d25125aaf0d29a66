/** Stake on a hotkey: what everybody has there together, and each coldkey's share of it. */
import type { AccountId, BlockContext } from "../../declare/index.ts";
import { saturate } from "../fixed-point.ts";
import { add, fromInteger, multiplyDivide, type SafeFloat, subtract, toInteger, ZERO } from "./safe-float.ts";
import { S } from "./storage.ts";
import type { At } from "./subnets.ts";

/** Rao of alpha (on root: of TAO) behind a hotkey. */
export const hotkeyStake = ({ state }: Pick<At, "state">, hotkey: AccountId, netuid: number): bigint =>
  state.get(S.TotalHotkeyAlpha, hotkey, netuid);

/** A coldkey's part of it. */
export function stakeOf(
  { state }: Pick<At, "state">,
  hotkey: AccountId,
  coldkey: AccountId,
  netuid: number,
): bigint {
  const share = state.get(S.AlphaV2, hotkey, coldkey, netuid);
  if (share.mantissa === 0n) return 0n;
  return worthOf(
    share,
    state.get(S.TotalHotkeyAlpha, hotkey, netuid),
    state.get(S.TotalHotkeySharesV2, hotkey, netuid),
  );
}

const worthOf = (share: SafeFloat, total: bigint, shares: SafeFloat): bigint =>
  toInteger(multiplyDivide(fromInteger(total), share, shares) ?? ZERO);

/** Gives to (or takes from) everybody on the hotkey, by share. */
export function changeForAll({ state }: BlockContext, hotkey: AccountId, netuid: number, by: bigint): void {
  const total = saturate(state.get(S.TotalHotkeyAlpha, hotkey, netuid) + by);
  if (total === 0n) state.kill(S.TotalHotkeyAlpha, hotkey, netuid);
  else state.put(S.TotalHotkeyAlpha, hotkey, netuid, total);
}

/** Whether an increase would give any share at all: a tiny one on a pool that grew by rewards would not. */
export function isWorthAShare(
  { state }: BlockContext,
  hotkey: AccountId,
  netuid: number,
  amount: bigint,
): boolean {
  const shares = state.get(S.TotalHotkeySharesV2, hotkey, netuid);
  return (
    shares.mantissa === 0n ||
    sharesOf(amount, state.get(S.TotalHotkeyAlpha, hotkey, netuid), shares).mantissa > 0n
  );
}

const sharesOf = (amount: bigint, total: bigint, shares: SafeFloat): SafeFloat =>
  multiplyDivide(fromInteger(amount), shares, fromInteger(total)) ?? ZERO;

/** Gives to one coldkey; the coldkey remembers where it stakes. */
export function increaseStake(
  context: BlockContext,
  hotkey: AccountId,
  coldkey: AccountId,
  netuid: number,
  amount: bigint,
): void {
  if (amount > 0n) rememberStaking(context, hotkey, coldkey);
  changeForOne(context, hotkey, coldkey, netuid, amount);
}

/** Takes from one coldkey; nothing happens when it has less (`decrease_stake_for_hotkey_and_coldkey_on_subnet`). */
export function decreaseStake(
  context: BlockContext,
  hotkey: AccountId,
  coldkey: AccountId,
  netuid: number,
  amount: bigint,
): void {
  if (stakeOf(context, hotkey, coldkey, netuid) >= amount)
    changeForOne(context, hotkey, coldkey, netuid, -amount);
}

function changeForOne(
  context: BlockContext,
  hotkey: AccountId,
  coldkey: AccountId,
  netuid: number,
  by: bigint,
): void {
  const { state } = context;
  const size = by < 0n ? -by : by;
  const shares = state.get(S.TotalHotkeySharesV2, hotkey, netuid);
  const own = state.get(S.AlphaV2, hotkey, coldkey, netuid);
  const changed =
    shares.mantissa === 0n
      ? { shares: fromInteger(size), own: fromInteger(size) }
      : changedShares(
          shares,
          own,
          sharesOf(size, state.get(S.TotalHotkeyAlpha, hotkey, netuid), shares),
          by > 0n,
        );
  if (changed.shares.mantissa === 0n) state.kill(S.TotalHotkeySharesV2, hotkey, netuid);
  else state.put(S.TotalHotkeySharesV2, hotkey, netuid, changed.shares);
  if (changed.own.mantissa === 0n) state.kill(S.AlphaV2, hotkey, coldkey, netuid);
  else state.put(S.AlphaV2, hotkey, coldkey, netuid, changed.own);
  changeForAll(context, hotkey, netuid, by);
}

const changedShares = (shares: SafeFloat, own: SafeFloat, by: SafeFloat, up: boolean) =>
  up
    ? { shares: add(shares, by), own: add(own, by) }
    : { shares: subtract(shares, by) ?? shares, own: subtract(own, by) ?? own };

export function rememberStaking({ state }: BlockContext, hotkey: AccountId, coldkey: AccountId): void {
  const known = state.get(S.StakingHotkeys, coldkey);
  if (!known.includes(hotkey)) state.put(S.StakingHotkeys, coldkey, [...known, hotkey]);
}
