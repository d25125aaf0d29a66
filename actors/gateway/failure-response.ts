/** A failure as an HTTP answer: the status that fits its code, one JSON body, and when to come back. */
import { Failure, type FailureCode } from "../../protocol/failure.ts";
import type { ApiError } from "../../protocol/views.ts";

const STATUS: Partial<Record<FailureCode, number>> = {
  malformed: 400,
  unauthorised: 401,
  refused: 403,
  "not-found": 404,
  "unknown-method": 405,
  "too-large": 413,
  corrupt: 502,
  overloaded: 503,
  unavailable: 503,
  draining: 503,
  storage: 503,
  timeout: 504,
};

/** What nobody foresaw is told to the log, not to strangers. */
export function failureResponse(thrown: unknown): Response {
  const failure = Failure.from(thrown);
  const { cause: _, ...wire } =
    failure.code === "defect"
      ? new Failure("defect", "the request failed for a reason of ours", {
          hint: "The node's log says why.",
        }).toWire()
      : failure.toWire();
  const body = { error: wire } satisfies ApiError;
  const headers = new Headers({ "cache-control": "no-store" });
  if (failure.retryAfterMs !== undefined) {
    headers.set("retry-after", String(Math.ceil(failure.retryAfterMs / 1_000)));
  }
  return Response.json(body, { status: STATUS[failure.code] ?? 500, headers });
}
