/** TAO between accounts and the pools of subnets. */
import { type AccountId, type BlockContext, ensure } from "../../declare/index.ts";
import { freeOf, spendable, transfer, withdraw } from "../balances/ledger.ts";
import { least, less } from "../fixed-point.ts";
import { BURN_ACCOUNT, subnetAccount } from "./accounts.ts";
import { errors } from "./errors.ts";
import { S } from "./storage.ts";

/** Moves TAO; who gives may cease to be. */
export function transferTao(context: BlockContext, from: AccountId, to: AccountId, amount: bigint): void {
  ensure(amount <= freeOf(context.state, from), errors, "InsufficientBalance");
  transfer(context, from, to, amount, { keepAlive: false });
}

/** Moves TAO into a subnet's account, less than asked where the giver would cease to be. Returns what was moved. */
export function transferToSubnet(
  context: BlockContext,
  netuid: number,
  from: AccountId,
  amount: bigint,
): bigint {
  if (amount === 0n) return 0n;
  const moved = least(amount, spendable(context.state, from, { keepAlive: true }));
  ensure(moved > 0n, errors, "InsufficientBalance");
  transfer(context, from, subnetAccount(netuid), moved, { keepAlive: true });
  return moved;
}

export const transferFromSubnet = (
  context: BlockContext,
  netuid: number,
  to: AccountId,
  amount: bigint,
): void => transferTao(context, subnetAccount(netuid), to, amount);

/** Puts TAO out of reach; it stays in the issuance. */
export const burnTao = (context: BlockContext, from: AccountId, amount: bigint): void =>
  transferTao(context, from, BURN_ACCOUNT, amount);

/** Unmakes TAO: it can be minted again. */
export function recycleTao(context: BlockContext, from: AccountId, amount: bigint): void {
  ensure(amount <= spendable(context.state, from, { keepAlive: true }), errors, "InsufficientBalance");
  withdraw(context, from, amount);
  context.state.put(S.TotalIssuance, less(context.state.get(S.TotalIssuance), amount));
}
