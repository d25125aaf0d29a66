import { constant } from "../../declare/constants.ts";
import { eventsOf } from "../../declare/events.ts";
import { accountId } from "../../declare/known-types.ts";
import { u8, u64 } from "../../declare/numbers.ts";
import type { Pallet } from "../../declare/pallet.ts";

export const transactionPaymentEvents = eventsOf(
  "TransactionPayment",
  "pallet_transaction_payment::pallet::Event",
  { TransactionFeePaid: [0, { who: accountId, actual_fee: u64, tip: u64 }] },
);

export const transactionPaymentPallet: Pallet = {
  name: "TransactionPayment",
  index: 6,
  storage: [],
  events: transactionPaymentEvents,
  constants: [constant("OperationalFeeMultiplier", u8, 5)],
  simplifications: [
    "Fees follow flat weights instead of benchmarks, are burned since blocks have no author, and are never taken from alpha.",
  ],
};
