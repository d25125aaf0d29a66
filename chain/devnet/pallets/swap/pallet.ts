import {
  bool,
  call,
  constant,
  ensure,
  errorsOf,
  event,
  eventsOf,
  type Pallet,
  storageOf,
  struct,
  twox64Concat,
  u16,
  u64,
  wrapper,
} from "../../declare/index.ts";
import { MINIMUM_RESERVE } from "./pool.ts";

const { map } = storageOf("Swap");

/** u16 share of 65,535. */
export const FeeRate = map("FeeRate", { keys: [twox64Concat(u16)], type: u16, fallback: 33 });

const balancer = struct("pallet_subtensor_swap::pallet::balancer::Balancer", {
  quote: wrapper("sp_arithmetic::per_things::Perquintill", u64),
});
const SwapBalancer = map("SwapBalancer", {
  keys: [twox64Concat(u16)],
  type: balancer,
  fallback: { quote: 500_000_000_000_000_000n },
});
const PalSwapInitialized = map("PalSwapInitialized", {
  keys: [twox64Concat(u16)],
  type: bool,
  fallback: false,
});

export const errors = errorsOf("Swap", 28, "pallet_subtensor_swap::pallet::pallet::Error", {
  FeeRateTooHigh: 0,
  InsufficientInputAmount: 1,
  InsufficientLiquidity: 2,
  PriceLimitExceeded: 3,
  InsufficientBalance: 4,
  InvalidTickRange: 5,
  InvalidLiquidityValue: 6,
  ReservesTooLow: 7,
  MechanismDoesNotExist: 8,
  SubtokenDisabled: 9,
  ReservesOutOfBalance: 10,
  SwapInputTooLarge: 11,
  Deprecated: 12,
});

const events = eventsOf("Swap", "pallet_subtensor_swap::pallet::pallet::Event", {
  FeeRateSet: [0, { netuid: u16, rate: u16 }],
});

const MAX_FEE_RATE = 10_000;

export const swapPallet: Pallet = {
  name: "Swap",
  index: 28,
  storage: [FeeRate, SwapBalancer, PalSwapInitialized],
  calls: {
    path: "pallet_subtensor_swap::pallet::pallet::Call",
    calls: [
      call({
        name: "set_fee_rate",
        index: 0,
        args: { netuid: u16, rate: u16 },
        run(context, { netuid, rate }) {
          context.ensureRoot();
          ensure(rate <= MAX_FEE_RATE, errors, "FeeRateTooHigh");
          context.state.put(FeeRate, netuid, rate);
          context.emit(event(events, "FeeRateSet", { netuid, rate }));
        },
      }),
    ],
  },
  events,
  errors,
  constants: [
    constant("MaxFeeRate", u16, MAX_FEE_RATE),
    constant("MinimumLiquidity", u64, 1_000n),
    constant("MinimumReserve", wrapper("NonZeroU64", u64), MINIMUM_RESERVE),
  ],
  simplifications: [
    "A pool is a constant product of TAO and alpha: the chain's balancer with its weights fixed at a half each.",
    "The swap fee goes to nobody: its TAO to the burn account, its alpha is burned, since blocks have no author.",
  ],
};
