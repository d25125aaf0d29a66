/** Prices, what a swap would give, and what a subnet costs. */
import { DispatchFailure, method, type RuntimeApi, struct, u16, u64, vec } from "../declare/index.ts";
import { u64f64 } from "../pallets/fixed-point.ts";
import { lockCost } from "../pallets/subtensor/networks.ts";
import { type At, netuidsOf } from "../pallets/subtensor/subnets.ts";
import { alphaPrice, quoteBuy, quoteSell } from "../pallets/subtensor/swaps.ts";
import type { Swap } from "../pallets/swap/pool.ts";

const subnetPrice = struct("pallet_subtensor_swap_runtime_api::SubnetPrice", { netuid: u16, price: u64 });

const simulated = struct("pallet_subtensor_swap_runtime_api::SimSwapResult", {
  tao_amount: u64,
  alpha_amount: u64,
  tao_fee: u64,
  alpha_fee: u64,
  tao_slippage: u64,
  alpha_slippage: u64,
});

const RAO = 1_000_000_000n;

/** Rao of TAO for one alpha. */
const priceInRao = (at: At, netuid: number): bigint =>
  u64f64.floor(u64f64.multiply(alphaPrice(at, netuid), u64f64.from(RAO)));

const NOTHING = {
  tao_amount: 0n,
  alpha_amount: 0n,
  tao_fee: 0n,
  alpha_fee: 0n,
  tao_slippage: 0n,
  alpha_slippage: 0n,
};

/** What the pool would not do is told as nothing, as on chain. */
function quote(swap: () => Swap): Swap | undefined {
  try {
    return swap();
  } catch (error) {
    if (error instanceof DispatchFailure) return undefined;
    throw error;
  }
}

/** What the price of the moment would have given beyond what the swap does. */
const missing = (ideal: bigint, real: bigint): bigint => (ideal > real ? ideal - real : 0n);

export const swapApi: RuntimeApi = {
  name: "SwapRuntimeApi",
  version: 1,
  methods: [
    method("current_alpha_price", { netuid: u16 }, u64, (at, { netuid }) => priceInRao(at, netuid)),
    method("current_alpha_price_all", {}, vec(subnetPrice), (at) =>
      netuidsOf(at).map((netuid) => ({ netuid, price: priceInRao(at, netuid) })),
    ),
    method("sim_swap_tao_for_alpha", { netuid: u16, tao: u64 }, simulated, (at, { netuid, tao }) => {
      const swap = quote(() => quoteBuy(at, netuid, tao));
      if (swap === undefined) return NOTHING;
      const ideal = u64f64.floor(u64f64.divide(u64f64.from(swap.paidIn), alphaPrice(at, netuid)));
      return {
        ...NOTHING,
        tao_amount: swap.paidIn,
        alpha_amount: swap.paidOut,
        tao_fee: swap.fee,
        alpha_slippage: missing(ideal, swap.paidOut),
      };
    }),
    method("sim_swap_alpha_for_tao", { netuid: u16, alpha: u64 }, simulated, (at, { netuid, alpha }) => {
      const swap = quote(() => quoteSell(at, netuid, alpha));
      if (swap === undefined) return NOTHING;
      const ideal = u64f64.floor(u64f64.multiply(u64f64.from(swap.paidIn), alphaPrice(at, netuid)));
      return {
        ...NOTHING,
        tao_amount: swap.paidOut,
        alpha_amount: swap.paidIn,
        alpha_fee: swap.fee,
        tao_slippage: missing(ideal, swap.paidOut),
      };
    }),
  ],
};

export const registrationApi: RuntimeApi = {
  name: "SubnetRegistrationRuntimeApi",
  version: 1,
  methods: [method("get_network_registration_cost", {}, u64, lockCost)],
};
