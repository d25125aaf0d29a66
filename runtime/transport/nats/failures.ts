/** NATS' many errors as the failures of the product. The only place that knows both. */
import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/nats-core";
import { Failure, type FailureCode, type FailureOptions } from "../../../protocol/failure.ts";

/** JetStream's error codes that mean something to us; all others are `unavailable` or `storage` by status. */
const API_CODES: Record<number, FailureCode> = {
  10071: "conflict", // wrong last sequence
  10164: "conflict", // the same, sequence not told
  10100: "conflict", // filtered consumer not unique on work-queue stream
  10037: "not-found", // no message found
  10014: "not-found", // consumer
  10059: "not-found", // stream
  10054: "too-large", // message size exceeds maximum allowed
  10077: "overloaded", // maximum messages exceeded
  10039: "config", // JetStream not enabled for account
  10076: "unavailable", // JetStream not enabled: said by a server that is still starting; one without it says so at the connect
};

const HINTS: Partial<Record<FailureCode, string>> = {
  config: "Enable JetStream on the server and for this account.",
  unauthorised: "Check the credentials, and that they were minted for this network and account.",
  overloaded: "Start more consumers of this queue, or enqueue less.",
};

/** Any error of the NATS client as a Failure; `meta` names what was tried. */
export function natsFailure(thrown: unknown, meta: FailureOptions["meta"] = {}): Failure {
  if (thrown instanceof Failure) return thrown;
  const code = codeOf(thrown);
  const message = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return new Failure(code, `NATS: ${message}`, { cause: thrown, meta, hint: HINTS[code] });
}

function codeOf(thrown: unknown): FailureCode {
  if (thrown instanceof JetStreamApiError) return apiCode(thrown.code, thrown.status);
  if (thrown instanceof errors.RequestError && thrown.cause !== undefined && !thrown.isNoResponders()) {
    return codeOf(thrown.cause);
  }
  if (thrown instanceof errors.TimeoutError) return "timeout";
  if (thrown instanceof errors.PermissionViolationError) return "unauthorised";
  if (thrown instanceof errors.AuthorizationError) return "unauthorised";
  if (thrown instanceof errors.UserAuthenticationExpiredError) return "unauthorised";
  if (thrown instanceof errors.InvalidSubjectError) return "malformed";
  if (thrown instanceof errors.InvalidArgumentError) {
    return thrown.message.includes("max_payload") ? "too-large" : "malformed";
  }
  // Everything else is the network: refused, closed, draining, nobody there or nobody leading.
  return "unavailable";
}

/** The code for an error that the JetStream API answered, by its error code and HTTP-like status. */
export function apiCode(errorCode: number, status: number): FailureCode {
  const known = API_CODES[errorCode];
  if (known !== undefined) return known;
  if (status === 404) return "not-found";
  return status >= 500 ? "unavailable" : "storage";
}

export const isMissing = (thrown: unknown): boolean =>
  thrown instanceof JetStreamApiError && apiCode(thrown.code, thrown.status) === "not-found";

export const closedConnection = (): Failure =>
  new Failure("unavailable", "the connection is closed", {
    hint: "Connect again; a closed transport stays closed.",
  });
