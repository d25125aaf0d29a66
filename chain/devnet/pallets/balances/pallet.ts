import { call } from "../../declare/calls.ts";
import { constant } from "../../declare/constants.ts";
import type { CallContext } from "../../declare/context.ts";
import { DispatchFailure, ensure, errorsOf } from "../../declare/errors.ts";
import { event } from "../../declare/events.ts";
import { type AccountId, multiAddress } from "../../declare/known-types.ts";
import { bool, compact, u32, u64 } from "../../declare/numbers.ts";
import type { Pallet } from "../../declare/pallet.ts";
import type { TypeOf } from "../../declare/type.ts";
import { balancesEvents } from "./events.ts";
import { EXISTENTIAL_DEPOSIT, freeOf, setBalance, spendable, transfer, withdraw } from "./ledger.ts";
import { InactiveIssuance, TotalIssuance } from "./storage.ts";

const errors = errorsOf("Balances", 5, "pallet_balances::pallet::Error", {
  VestingBalance: 0,
  LiquidityRestrictions: 1,
  InsufficientBalance: 2,
  ExistentialDeposit: 3,
  Expendability: 4,
  ExistingVestingSchedule: 5,
  DeadAccount: 6,
  TooManyReserves: 7,
  TooManyHolds: 8,
  TooManyFreezes: 9,
  IssuanceDeactivated: 10,
  DeltaZero: 11,
});

/** The account that an address names; the chain knows no other kinds. */
export function lookup(address: TypeOf<typeof multiAddress>): AccountId {
  if (address.type === "Id") return address.value;
  throw new DispatchFailure({ type: "CannotLookup", value: undefined }, "CannotLookup");
}

const send = (context: CallContext, dest: AccountId, value: bigint, keepAlive: boolean): void =>
  transfer(context, context.signer(), dest, value, { keepAlive });

export const balancesPallet: Pallet = {
  name: "Balances",
  index: 5,
  storage: [TotalIssuance, InactiveIssuance],
  calls: {
    path: "pallet_balances::pallet::Call",
    calls: [
      call({
        name: "transfer_allow_death",
        index: 0,
        args: { dest: multiAddress, value: compact(u64) },
        run: (context, { dest, value }) => send(context, lookup(dest), value, false),
      }),
      call({
        name: "force_transfer",
        index: 2,
        args: { source: multiAddress, dest: multiAddress, value: compact(u64) },
        run(context, { source, dest, value }) {
          context.ensureRoot();
          transfer(context, lookup(source), lookup(dest), value, { keepAlive: false });
        },
      }),
      call({
        name: "transfer_keep_alive",
        index: 3,
        args: { dest: multiAddress, value: compact(u64) },
        run: (context, { dest, value }) => send(context, lookup(dest), value, true),
      }),
      call({
        name: "transfer_all",
        index: 4,
        args: { dest: multiAddress, keep_alive: bool },
        run(context, { dest, keep_alive }) {
          const all = spendable(context.state, context.signer(), { keepAlive: keep_alive });
          send(context, lookup(dest), all, keep_alive);
        },
      }),
      call({
        name: "force_set_balance",
        index: 8,
        args: { who: multiAddress, new_free: compact(u64) },
        run(context, { who, new_free }) {
          context.ensureRoot();
          const account = lookup(who);
          setBalance(context, account, new_free);
          const free = freeOf(context.state, account);
          context.emit(event(balancesEvents, "BalanceSet", { who: account, free }));
        },
      }),
      call({
        name: "burn",
        index: 10,
        args: { value: compact(u64), keep_alive: bool },
        run(context, { value, keep_alive }) {
          const who = context.signer();
          ensure(value <= freeOf(context.state, who), errors, "InsufficientBalance");
          withdraw(context, who, value, { keepAlive: keep_alive });
          context.emit(event(balancesEvents, "Burned", { who, amount: value }));
        },
      }),
    ],
  },
  events: balancesEvents,
  errors,
  constants: [
    constant("ExistentialDeposit", u64, EXISTENTIAL_DEPOSIT),
    constant("MaxLocks", u32, 50),
    constant("MaxReserves", u32, 50),
    constant("MaxFreezes", u32, 50),
  ],
  simplifications: ["Balances are free balances: nothing reserves, locks, holds or freezes them."],
};
