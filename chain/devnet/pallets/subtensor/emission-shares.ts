/** How the block's TAO is shared between subnets: by the average of their prices, weighed by root's part and by what miners get. */
import type { BlockContext } from "../../declare/index.ts";
import { least, less, u64f64 } from "../fixed-point.ts";
import { rootProportion } from "./alpha.ts";
import { S } from "./storage.ts";
import { type At, ROOT } from "./subnets.ts";
import { alphaPrice } from "./swaps.ts";

/** The moving average of a subnet's price, U64F64. */
export function priceAverage({ state }: At, netuid: number): bigint {
  if (netuid === ROOT || state.get(S.SubnetMechanism, netuid) === 0) return u64f64.one;
  const { bits } = state.get(S.SubnetMovingPrice, netuid);
  return bits < 0n ? 0n : bits << 32n;
}

/** U64F64 shares by netuid (`get_subnet_block_emissions`); subnets without emission enabled leave theirs to the others. */
export function emissionShares(at: At, subnets: readonly number[]): Map<number, bigint> {
  const shares = weighedShares(at, subnets);
  const enabled = subnets.filter((netuid) => at.state.get(S.SubnetEmissionEnabled, netuid));
  if (enabled.length === subnets.length) return shares;
  const total = enabled.reduce((sum, netuid) => sum + (shares.get(netuid) ?? 0n), 0n);
  return new Map(enabled.map((netuid) => [netuid, u64f64.divide(shares.get(netuid) ?? 0n, total)]));
}

function weighedShares(at: At, subnets: readonly number[]): Map<number, bigint> {
  const prices = subnets.map((netuid) => priceAverage(at, netuid));
  const total = prices.reduce((sum, price) => sum + price, 0n);
  const byPrice = prices.map((price) => u64f64.divide(price, total));
  const weighed = subnets.map((netuid, index) => {
    const burned = least(at.state.get(S.MinerBurned, netuid).bits << 32n, u64f64.one);
    const factor = u64f64.multiply(rootProportion(at, netuid) << 32n, less(u64f64.one, burned));
    return u64f64.multiply(byPrice[index]!, factor);
  });
  const all = weighed.reduce((sum, weight) => sum + weight, 0n);
  return new Map(
    subnets.map((netuid, index) => [
      netuid,
      all > 0n ? u64f64.divide(weighed[index]!, all) : byPrice[index]!,
    ]),
  );
}

/** Moves the averages on, after they were used; a price above 1 counts as 1. */
export function updatePriceAverages(context: BlockContext, subnets: readonly number[]): void {
  const { state, block } = context;
  const base = state.get(S.SubnetMovingAlpha).bits << 32n;
  for (const netuid of subnets) {
    const first = state.get(S.FirstEmissionBlockNumber, netuid) ?? 0n;
    const since = u64f64.from(less(BigInt(block), less(first, 1n)));
    const halving = u64f64.from(state.get(S.EMAPriceHalvingBlocks, netuid));
    const alpha = u64f64.multiply(base, u64f64.divide(since, since + halving));
    const price = least(alphaPrice(context, netuid), u64f64.one);
    const next =
      u64f64.multiply(alpha, price) + u64f64.multiply(less(u64f64.one, alpha), priceAverage(context, netuid));
    state.put(S.SubnetMovingPrice, netuid, { bits: next >> 32n });
    state.put(S.RootProp, netuid, { bits: rootProportion(context, netuid) });
  }
}
