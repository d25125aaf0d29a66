/** Calls of coldkeys: TAO into stake, out of it, and stake about. */
import {
  type AnyCall,
  accountId,
  bool,
  type CallContext,
  call,
  event,
  option,
  type TypeOf,
  u16,
  u64,
} from "../../declare/index.ts";
import { addStake } from "./add-stake.ts";
import { disposeOfAlpha } from "./dispose-alpha.ts";
import { events } from "./events.ts";
import { moveStake } from "./move-stake.ts";
import { removeStake, unstakeAll } from "./remove-stake.ts";
import { stakeOf } from "./share-pool.ts";

const limited = { limit_price: u64, allow_partial: bool };
const along = { origin_netuid: u16, destination_netuid: u16, alpha_amount: u64 };

interface Along {
  origin_netuid: number;
  destination_netuid: number;
  alpha_amount: TypeOf<typeof u64>;
}

/** The same hotkey, another subnet. */
function swapStake(
  context: CallContext,
  hotkey: TypeOf<typeof accountId>,
  { origin_netuid: from, destination_netuid: to, alpha_amount: amount }: Along,
  limit?: { price: bigint; partial: boolean },
): void {
  const coldkey = context.signer();
  const tao = moveStake(context, {
    from: { coldkey, hotkey, netuid: from },
    to: { coldkey, hotkey, netuid: to },
    amount,
    ...(limit === undefined ? {} : { limit }),
  });
  context.emit(event(events, "StakeSwapped", [coldkey, hotkey, from, to, tao]));
}

export const stakeCalls: readonly AnyCall[] = [
  call({
    name: "add_stake",
    index: 2,
    args: { hotkey: accountId, netuid: u16, amount_staked: u64 },
    run: (context, { hotkey, netuid, amount_staked }) =>
      void addStake(context, hotkey, netuid, amount_staked),
  }),
  call({
    name: "add_stake_limit",
    index: 88,
    args: { hotkey: accountId, netuid: u16, amount_staked: u64, ...limited },
    run: (context, { hotkey, netuid, amount_staked, limit_price, allow_partial }) =>
      void addStake(context, hotkey, netuid, amount_staked, { price: limit_price, partial: allow_partial }),
  }),
  call({
    name: "remove_stake",
    index: 3,
    args: { hotkey: accountId, netuid: u16, amount_unstaked: u64 },
    run: (context, { hotkey, netuid, amount_unstaked }) =>
      removeStake(context, hotkey, netuid, amount_unstaked),
  }),
  call({
    name: "remove_stake_limit",
    index: 89,
    args: { hotkey: accountId, netuid: u16, amount_unstaked: u64, ...limited },
    run: (context, { hotkey, netuid, amount_unstaked, limit_price, allow_partial }) =>
      removeStake(context, hotkey, netuid, amount_unstaked, { price: limit_price, partial: allow_partial }),
  }),
  call({
    name: "remove_stake_full_limit",
    index: 103,
    args: { hotkey: accountId, netuid: u16, limit_price: option(u64) },
    run(context, { hotkey, netuid, limit_price }) {
      const all = stakeOf(context, hotkey, context.signer(), netuid);
      const limit = limit_price === undefined ? undefined : { price: limit_price, partial: false };
      removeStake(context, hotkey, netuid, all, limit);
    },
  }),
  call({
    name: "unstake_all",
    index: 83,
    args: { hotkey: accountId },
    run: (context, { hotkey }) => unstakeAll(context, hotkey, { intoRoot: false }),
  }),
  call({
    name: "unstake_all_alpha",
    index: 84,
    args: { hotkey: accountId },
    run: (context, { hotkey }) => unstakeAll(context, hotkey, { intoRoot: true }),
  }),
  call({
    name: "move_stake",
    index: 85,
    args: { origin_hotkey: accountId, destination_hotkey: accountId, ...along },
    run(context, { origin_hotkey, destination_hotkey, origin_netuid, destination_netuid, alpha_amount }) {
      const coldkey = context.signer();
      const tao = moveStake(context, {
        from: { coldkey, hotkey: origin_hotkey, netuid: origin_netuid },
        to: { coldkey, hotkey: destination_hotkey, netuid: destination_netuid },
        amount: alpha_amount,
      });
      context.emit(
        event(events, "StakeMoved", [
          coldkey,
          origin_hotkey,
          origin_netuid,
          destination_hotkey,
          destination_netuid,
          tao,
        ]),
      );
    },
  }),
  call({
    name: "transfer_stake",
    index: 86,
    args: { destination_coldkey: accountId, hotkey: accountId, ...along },
    run(context, { destination_coldkey, hotkey, origin_netuid, destination_netuid, alpha_amount }) {
      const coldkey = context.signer();
      const tao = moveStake(context, {
        from: { coldkey, hotkey, netuid: origin_netuid },
        to: { coldkey: destination_coldkey, hotkey, netuid: destination_netuid },
        amount: alpha_amount,
        given: true,
      });
      context.emit(
        event(events, "StakeTransferred", [
          coldkey,
          destination_coldkey,
          hotkey,
          origin_netuid,
          destination_netuid,
          tao,
        ]),
      );
    },
  }),
  call({
    name: "swap_stake",
    index: 87,
    args: { hotkey: accountId, ...along },
    run: (context, { hotkey, ...way }) => swapStake(context, hotkey, way),
  }),
  call({
    name: "swap_stake_limit",
    index: 90,
    args: { hotkey: accountId, ...along, ...limited },
    run: (context, { hotkey, limit_price, allow_partial, ...way }) =>
      swapStake(context, hotkey, way, { price: limit_price, partial: allow_partial }),
  }),
  call({
    name: "recycle_alpha",
    index: 101,
    args: { hotkey: accountId, amount: u64, netuid: u16 },
    run: (context, { hotkey, amount, netuid }) =>
      void disposeOfAlpha(context, { hotkey, amount, netuid, how: "recycle" }),
  }),
  call({
    name: "burn_alpha",
    index: 102,
    args: { hotkey: accountId, amount: u64, netuid: u16 },
    run: (context, { hotkey, amount, netuid }) =>
      void disposeOfAlpha(context, { hotkey, amount, netuid, how: "burn" }),
  }),
  call({
    name: "add_stake_burn",
    index: 132,
    args: { hotkey: accountId, netuid: u16, amount: u64, limit: option(u64) },
    run(context, { hotkey, netuid, amount, limit }) {
      const most = limit === undefined ? undefined : { price: limit, partial: false };
      const alpha = addStake(context, hotkey, netuid, amount, most);
      disposeOfAlpha(context, { hotkey, amount: alpha, netuid, how: "burn" });
      context.emit(event(events, "AddStakeBurn", { netuid, hotkey, amount, alpha }));
    },
  }),
];
