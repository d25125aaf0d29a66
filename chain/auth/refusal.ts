/** Why a signed request is refused. Messages never hold the signature or the payload: they may go to strangers. */
import { Failure, type FailureCode } from "../../protocol/failure.ts";

export type RefusalReason =
  | "malformed"
  | "wrong-receiver"
  | "stale"
  | "early"
  | "forgotten"
  | "bad-signature"
  | "unknown-sender"
  | "replayed"
  | "busy";

const CODES: Record<RefusalReason, FailureCode> = {
  malformed: "malformed",
  "wrong-receiver": "unauthorised",
  stale: "expired",
  early: "expired",
  forgotten: "expired",
  "bad-signature": "unauthorised",
  "unknown-sender": "unauthorised",
  replayed: "conflict",
  busy: "overloaded",
};

/** The failure of a refused request; `meta.reason` says which check it was. */
export const refusal = (
  reason: RefusalReason,
  message: string,
  options: { hint: string; meta?: Record<string, string | number> },
): Failure => new Failure(CODES[reason], message, { hint: options.hint, meta: { reason, ...options.meta } });
