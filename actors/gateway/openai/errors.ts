/** Failures as the OpenAI API tells them: clients read the status and `error.code`, and wait as long as `Retry-After` says. */
import { Failure, type FailureCode } from "../../../protocol/failure.ts";

interface Told {
  status: number;
  type: string;
  code: string | null;
}

const TOLD: Partial<Record<FailureCode, Told>> = {
  malformed: { status: 400, type: "invalid_request_error", code: null },
  refused: { status: 400, type: "invalid_request_error", code: "unsupported" },
  conflict: { status: 400, type: "invalid_request_error", code: null },
  "too-large": { status: 400, type: "invalid_request_error", code: "context_length_exceeded" },
  unauthorised: { status: 401, type: "invalid_request_error", code: "invalid_api_key" },
  "not-found": { status: 404, type: "invalid_request_error", code: "model_not_found" },
  overloaded: { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" },
  timeout: { status: 504, type: "server_error", code: "timeout" },
  unavailable: { status: 503, type: "server_error", code: "unavailable" },
  draining: { status: 503, type: "server_error", code: "unavailable" },
  provider: { status: 502, type: "server_error", code: "upstream_error" },
};
const OTHER: Told = { status: 500, type: "server_error", code: "internal_error" };
const BUSY_MS = 1_000;

export interface OpenAiError {
  error: { message: string; type: string; param: string | null; code: string | null };
}

export function openAiError(thrown: unknown): { status: number; body: OpenAiError; retryAfterMs?: number } {
  const failure = Failure.from(thrown);
  const { status, type, code } = TOLD[failure.code] ?? OTHER;
  // What nobody foresaw is told to the log, not to strangers.
  const shown = status === 500 ? "the request failed for a reason of ours" : sentence(failure);
  const { param: at } = failure.meta ?? {};
  const param = typeof at === "string" ? at : null;
  const retryAfterMs = failure.retryAfterMs ?? (status === 429 || status === 503 ? BUSY_MS : undefined);
  return {
    status,
    body: { error: { message: shown, type, param, code } },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

export function errorResponse(thrown: unknown): Response {
  const { status, body, retryAfterMs } = openAiError(thrown);
  const headers = new Headers({ "cache-control": "no-store" });
  if (retryAfterMs !== undefined) headers.set("retry-after", String(Math.ceil(retryAfterMs / 1_000)));
  return Response.json(body, { status, headers });
}

const sentence = ({ message, hint }: Failure): string =>
  hint === undefined ? message : `${message.replace(/[.!]?$/, ".")} ${hint}`;
