/** A subnet's alpha: made by emission, burned, recycled. */
import type { BlockContext } from "../../declare/index.ts";
import { AlphaBurned, AlphaRecycled, TotalAlphaIssuance } from "../alpha-assets/storage.ts";
import { less, u96f32 } from "../fixed-point.ts";
import { taoWeightOf } from "./inherited-stake.ts";
import { S } from "./storage.ts";
import { type At, ROOT } from "./subnets.ts";

/** Alpha in the pool and outside. */
export const alphaIssuance = ({ state }: At, netuid: number): bigint =>
  state.get(S.SubnetAlphaIn, netuid) + state.get(S.SubnetAlphaOut, netuid);

export function mintAlpha(
  { state }: BlockContext,
  netuid: number,
  amount: bigint,
  where: "pool" | "out",
): void {
  if (amount === 0n) return;
  const item = where === "pool" ? S.SubnetAlphaIn : S.SubnetAlphaOut;
  state.put(TotalAlphaIssuance, netuid, state.get(TotalAlphaIssuance, netuid) + amount);
  state.put(item, netuid, state.get(item, netuid) + amount);
}

/** Unmakes alpha that was outside the pool. */
export function recycleAlpha({ state }: BlockContext, netuid: number, amount: bigint): void {
  if (amount === 0n) return;
  state.put(S.SubnetAlphaOut, netuid, less(state.get(S.SubnetAlphaOut, netuid), amount));
  state.put(AlphaRecycled, netuid, state.get(AlphaRecycled, netuid) + amount);
}

/** Leaves alpha to nobody: it still counts as issued. */
export function burnAlpha({ state }: BlockContext, netuid: number, amount: bigint): void {
  if (amount > 0n) state.put(AlphaBurned, netuid, state.get(AlphaBurned, netuid) + amount);
}

/** Root's part of a subnet's dividends: weighed TAO against all alpha, U96F32. */
export function rootProportion(at: At, netuid: number): bigint {
  const tao = u96f32.multiply(u96f32.from(at.state.get(S.SubnetTAO, ROOT)), taoWeightOf(at));
  return u96f32.divide(tao, tao + u96f32.from(alphaIssuance(at, netuid)));
}
