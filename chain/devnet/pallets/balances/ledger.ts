/** TAO on accounts: what they hold, and every way in which it moves. */

import type { BlockContext } from "../../declare/context.ts";
import { overflow, tokenError } from "../../declare/errors.ts";
import { event } from "../../declare/events.ts";
import type { AccountId } from "../../declare/known-types.ts";
import type { ReadState } from "../../state/read-state.ts";
import { systemEvents } from "../system/pallet.ts";
import { SystemStorage } from "../system/storage.ts";
import { balancesEvents } from "./events.ts";
import { TotalIssuance } from "./storage.ts";

/** Rao below which an account ceases to be. */
export const EXISTENTIAL_DEPOSIT = 500n;

export const freeOf = (state: ReadState, who: AccountId): bigint =>
  state.get(SystemStorage.Account, who).data.free;

/** What the account can spend; with `keepAlive`, so that it stays. */
export function spendable(state: ReadState, who: AccountId, options: { keepAlive: boolean }): bigint {
  const free = freeOf(state, who);
  const kept = options.keepAlive ? EXISTENTIAL_DEPOSIT : 0n;
  return free > kept ? free - kept : 0n;
}

/** Moves rao. Fails as the chain's currency does: `FundsUnavailable`, `NotExpendable` (would end the account), `BelowMinimum`. */
export function transfer(
  context: BlockContext,
  from: AccountId,
  to: AccountId,
  amount: bigint,
  options: { keepAlive: boolean },
): void {
  const { state } = context;
  const free = freeOf(state, from);
  if (amount > free) throw tokenError("FundsUnavailable");
  if (options.keepAlive && amount > spendable(state, from, options)) throw tokenError("NotExpendable");
  if (freeOf(state, to) + amount < EXISTENTIAL_DEPOSIT) throw tokenError("BelowMinimum");
  if (from === to) return;
  setFree(context, from, free - amount);
  setFree(context, to, freeOf(state, to) + amount);
  context.emit(event(balancesEvents, "Transfer", { from, to, amount }));
}

/** New rao on an account. Dust that cannot open an account is not made. */
export function deposit(context: BlockContext, who: AccountId, amount: bigint): void {
  const { state } = context;
  if (amount === 0n || freeOf(state, who) + amount < EXISTENTIAL_DEPOSIT) return;
  changeIssuance(context, amount);
  setFree(context, who, freeOf(state, who) + amount);
  context.emit(event(balancesEvents, "Deposit", { who, amount }));
}

/** Takes rao out of the world. Fails with `FundsUnavailable`. */
export function withdraw(
  context: BlockContext,
  who: AccountId,
  amount: bigint,
  options: { keepAlive: boolean } = { keepAlive: false },
): void {
  if (amount === 0n) return;
  if (amount > spendable(context.state, who, options)) throw tokenError("FundsUnavailable");
  setFree(context, who, freeOf(context.state, who) - amount);
  changeIssuance(context, -amount);
  context.emit(event(balancesEvents, "Withdraw", { who, amount }));
}

/** Sets what an account holds, the issuance with it. Fails with `Overflow` where the world would hold more than 2⁶⁴ rao. */
export function setBalance(context: BlockContext, who: AccountId, amount: bigint): void {
  const wanted = amount < EXISTENTIAL_DEPOSIT ? 0n : amount;
  changeIssuance(context, wanted - freeOf(context.state, who));
  setFree(context, who, wanted);
}

function changeIssuance({ state }: BlockContext, by: bigint): void {
  const issuance = state.get(TotalIssuance) + by;
  if (issuance >= 1n << 64n) throw overflow();
  state.put(TotalIssuance, issuance);
}

/** Writes a balance: accounts begin at the existential deposit and end below it, what is left then being lost. */
function setFree(context: BlockContext, who: AccountId, free: bigint): void {
  const { state } = context;
  const before = state.get(SystemStorage.Account, who);
  const lives = free >= EXISTENTIAL_DEPOSIT;
  if (!lives && free > 0n) {
    changeIssuance(context, -free);
    context.emit(event(balancesEvents, "DustLost", { account: who, amount: free }));
  }
  if (!lives && before.providers > 0) {
    state.kill(SystemStorage.Account, who);
    context.emit(event(systemEvents, "KilledAccount", { account: who }));
    return;
  }
  if (!lives) return;
  const isNew = before.providers === 0;
  state.put(SystemStorage.Account, who, {
    ...before,
    providers: isNew ? 1 : before.providers,
    data: { ...before.data, free },
  });
  if (!isNew) return;
  context.emit(event(systemEvents, "NewAccount", { account: who }));
  context.emit(event(balancesEvents, "Endowed", { account: who, free_balance: free }));
}
