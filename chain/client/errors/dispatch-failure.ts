/** A dispatch error, named by the metadata, as a failure with a remedy. */
import type { Failure } from "../../../protocol/failure.ts";
import { type Remedy, remedied } from "./remedy.ts";
import { subtensorRemedy } from "./subtensor-errors.ts";

/** A module's error by its names, or one of the runtime's own such as `BadOrigin`, with an empty pallet. */
export interface DispatchError {
  pallet: string;
  name: string;
  /** What the metadata says of it. */
  docs?: string | undefined;
}

/** Errors of other pallets that a subnet's calls can meet. */
const OTHERS: Readonly<Record<string, Remedy>> = {
  "Balances.InsufficientBalance": { meaning: "refused", hint: "Send TAO to the account, or spend less." },
  "Balances.ExistentialDeposit": {
    meaning: "refused",
    hint: "Send at least the existential deposit of 500 rao, so that the account comes to be.",
  },
  "Balances.Expendability": {
    meaning: "refused",
    hint: "Leave at least the existential deposit of 500 rao on the account.",
  },
  "Commitments.TooManyFieldsInCommitmentInfo": { meaning: "malformed", hint: "Commit fewer fields." },
  "Commitments.AccountNotAllowedCommit": {
    meaning: "unauthorised",
    hint: "Register the hotkey on this subnet first.",
  },
  "Commitments.SpaceLimitExceeded": {
    meaning: "later",
    hint: "Commit less, or after the next epoch: the bytes of one epoch are limited.",
  },
  BadOrigin: { meaning: "unauthorised", hint: "Another key has to sign this call." },
  "System.CallFiltered": { meaning: "refused", hint: "The chain does not take this call now." },
  Token: { meaning: "refused", hint: "Check the balances that this call moves." },
  Arithmetic: { meaning: "refused", hint: "A number became too large or too small; use other amounts." },
  CannotLookup: { meaning: "not-found", hint: "The chain knows no such account." },
  Exhausted: { meaning: "later", hint: "The block is full; submit again." },
  Unavailable: { meaning: "later", hint: "Part of the chain's state is away; submit again." },
};

const STRANGE: Remedy = {
  meaning: "refused",
  hint: "This release knows no remedy for it; the chain's documentation does.",
};

/** Its message is the chain's own name for the error; `pallet` and `error` are in its meta. */
export function dispatchFailure({ pallet, name, docs }: DispatchError, meta: Failure["meta"] = {}): Failure {
  const full = pallet === "" ? name : `${pallet}.${name}`;
  const known =
    pallet === "SubtensorModule"
      ? subtensorRemedy(name)
      : Object.hasOwn(OTHERS, full)
        ? OTHERS[full]
        : undefined;
  const remedy = known ?? (docs === undefined || docs === "" ? STRANGE : { ...STRANGE, hint: docs });
  return remedied(name, remedy, { ...meta, pallet, error: name });
}
