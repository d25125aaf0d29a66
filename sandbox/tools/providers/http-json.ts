/** JSON over HTTP to a provider that the operator named: bounded answers, typed failures, and no key in any message. */
import { Failure } from "../../../protocol/failure.ts";
import type { Http } from "../../../runtime/ports/http.ts";

export interface HttpJsonOptions {
  /** Name of the provider, for messages. */
  name: string;
  http: Http;
  url: string;
  method: "GET" | "POST";
  /** Goes into the header `authorization`, as it is. */
  authorization?: string | undefined;
  body?: unknown;
  signal: AbortSignal;
}

const MOST_BYTES = 8 * 1024 * 1024;
const SHOWN = 300;

/**
 * The JSON that was answered. Fails with `overloaded` for a busy server, with `provider` for a broken one (retryable) and
 * for a key that is not accepted (terminal); with `refused`, owned by the miner, for a request that the server calls wrong.
 */
export async function httpJson(options: HttpJsonOptions): Promise<unknown> {
  const { name, http, url, method, authorization, body, signal } = options;
  let response: Response;
  let text: string;
  try {
    response = await http(url, {
      method,
      redirect: "error",
      signal,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await boundedText(response, name);
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    if (signal.aborted) throw new Failure("cancelled", `the call to ${name} was cancelled`);
    // The library's message may quote the address, which may hold a key: only its code is told.
    const code = (thrown as { code?: unknown }).code;
    throw new Failure("provider", `${name} cannot be reached`, {
      meta: { reason: typeof code === "string" ? code.slice(0, 64) : "no connection" },
    });
  }
  if (!response.ok) throw refusal(name, response, withoutSecret(text, authorization));
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure("provider", `${name} answered something else than JSON`);
  }
}

async function boundedText(response: Response, name: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MOST_BYTES) {
      throw new Failure("provider", `${name} answered more than ${MOST_BYTES} bytes`, { retryable: false });
    }
    parts.push(part);
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

function refusal(name: string, response: Response, text: string): Failure {
  const { status } = response;
  const meta = { status, said: text.slice(0, SHOWN).toWellFormed() };
  if (status === 429 || status >= 500 || status === 408) {
    const after = retryAfterMs(response.headers.get("retry-after"));
    const busy = status === 429 || status === 503;
    return new Failure(busy ? "overloaded" : "provider", `${name} is ${busy ? "busy" : "broken"}`, {
      meta,
      owner: "provider",
      ...(after === undefined ? {} : { retryAfterMs: after }),
    });
  }
  if (status === 400 || status === 413 || status === 422) {
    return new Failure("refused", `${name} calls the request wrong`, { meta, owner: "miner" });
  }
  return new Failure("provider", `${name} refuses this node`, {
    meta,
    retryable: false,
    hint: "Check its address, its key and what is left on its account.",
  });
}

/** Seconds only: a date would need a clock that agrees with theirs. */
function retryAfterMs(header: string | null): number | undefined {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3_600) * 1_000 : undefined;
}

/** A server that quotes what it was sent must not get a key into logs and receipts. */
function withoutSecret(text: string, authorization: string | undefined): string {
  const secret = authorization?.split(" ").at(-1);
  return secret === undefined || secret === "" ? text : text.replaceAll(secret, "***");
}
