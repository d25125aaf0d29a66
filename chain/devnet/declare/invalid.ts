/** Refusals before dispatch, as `TransactionValidityError` has them. The pool tells them with code 1010. */
import { Failure } from "../../../protocol/failure.ts";

/** What the node says in `error.data`, word for word: clients search in it. */
const TEXTS = {
  Call: "Transaction call is not expected",
  Payment: "Inability to pay some fees (e.g. account balance too low)",
  Future: "Transaction will be valid in the future",
  Stale: "Transaction is outdated",
  BadProof: "Transaction has a bad signature",
  AncientBirthBlock: "Transaction has an ancient birth block",
  ExhaustsResources: "Transaction would exhaust the block limits",
  BadMandatory: "A call was labelled as mandatory, but resulted in an Error.",
  BadSigner: "Invalid signing address",
} as const;

export type InvalidReason = keyof typeof TEXTS | { readonly custom: number };

/** An extrinsic that must not enter a block. */
export class InvalidTransaction extends Failure {
  readonly reason: InvalidReason;
  readonly data: string;

  constructor(reason: InvalidReason) {
    const data = typeof reason === "string" ? TEXTS[reason] : `Custom error: ${reason.custom}`;
    super("refused", `Invalid Transaction: ${data}`);
    this.reason = reason;
    this.data = data;
  }
}
