/** What a server's status and words mean to us: what to do next, and whose turn it is. */
import { z } from "zod";
import { cutText } from "../../protocol/cut-text.ts";
import { Failure, type FailureCode } from "../../protocol/failure.ts";

/** OpenAI's, FastAPI's and plain shapes of an error. */
const ErrorBody = z.union([
  z.object({
    error: z.object({
      message: z.string(),
      code: z.unknown().optional(),
      type: z.unknown().optional(),
      param: z.unknown().optional(),
    }),
  }),
  z
    .object({ error: z.string() })
    .transform(({ error }) => ({ error: { message: error, code: undefined, type: undefined } })),
  z
    .object({ message: z.string(), code: z.unknown().optional(), type: z.unknown().optional() })
    .transform((error) => ({ error })),
  z.object({ detail: z.unknown() }).transform(({ detail }) => ({
    error: {
      message: typeof detail === "string" ? detail : JSON.stringify(detail),
      code: undefined,
      type: undefined,
    },
  })),
]);

const TOO_LONG =
  /context[_ ](?:length|size|window)|maximum context|exceed_context|too many tokens|longer than/i;
const TOO_LARGE = /input .{0,40}is too large to process/i;
const LONGEST_WAIT_MS = 3_600_000;

/** Words of the server are shown, cut short; the key is never among what we send there. */
export function refusalOf(status: number, headers: Headers, text: string, now: number): Failure {
  const told = toldIn(text);
  const said = cutText(told.message || `HTTP ${status}`, 400);
  const retryAfterMs = retryAfter(headers, now);
  const { code, hint } = meaningOf(status, `${String(told.code)} ${String(told.type)} ${told.message}`);
  const param = code === "malformed" ? fieldIn(told.param) : undefined;
  return new Failure(code, `the model server said: ${said}`, {
    meta: { status, ...(param === undefined ? {} : { param }) },
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(code === "overloaded" ? { owner: "provider" as const } : {}),
  });
}

function meaningOf(status: number, words: string): { code: FailureCode; hint?: string } {
  // llama.cpp calls an input above its batch an error of its own.
  if (TOO_LARGE.test(words)) return { code: "too-large", hint: "Shorten the input." };
  if (status === 501) return { code: "refused", hint: "The server was started without that." };
  if ((status === 400 || status === 413 || status === 422) && TOO_LONG.test(words)) {
    return { code: "too-large", hint: "Shorten the input, or ask for fewer tokens." };
  }
  if (status === 400 || status === 422) return { code: "malformed" };
  if (status === 401 || status === 403) {
    return { code: "unauthorised", hint: "Check the API key of this server, and what it may use." };
  }
  if (status === 404)
    return { code: "not-found", hint: "Check the address and the model's name on that server." };
  if (status === 413) return { code: "too-large", hint: "Shorten the input." };
  if (status === 429) return { code: "overloaded", hint: "The server limits its callers; ask again later." };
  if (status === 503) return { code: "unavailable", hint: "The server is starting, full or going down." };
  return { code: "provider" };
}

/** Which field of the request it did not like: vLLM says `body.top_p`, others `top_p`. */
const fieldIn = (param: unknown): string | undefined =>
  typeof param === "string" ? /^(?:body\.)?([a-z]\w{0,63})$/i.exec(param)?.[1] : undefined;

function toldIn(text: string): { message: string; code?: unknown; type?: unknown; param?: unknown } {
  try {
    const body = ErrorBody.safeParse(JSON.parse(text));
    if (body.success) return body.data.error;
  } catch {
    // Not JSON: a proxy's page, or nothing.
  }
  return { message: text.replace(/\s+/g, " ").trim() };
}

/** `Retry-After` in seconds or as a date, in milliseconds from now; what makes no sense is as if it were not there. */
function retryAfter(headers: Headers, now: number): number | undefined {
  const exact = Number(headers.get("retry-after-ms") ?? Number.NaN);
  const text = headers.get("retry-after") ?? "";
  const ms = Number.isFinite(exact)
    ? exact
    : /^\d+(?:\.\d+)?$/.test(text)
      ? Number(text) * 1_000
      : Date.parse(text) - now;
  return Number.isFinite(ms) && ms >= 0 ? Math.min(Math.ceil(ms), LONGEST_WAIT_MS) : undefined;
}
