/** What every HTTP answer of a node has in common: who may ask, and what a browser may do with it. */
import { failureResponse } from "../../actors/gateway/failure-response.ts";
import { Failure } from "../../protocol/failure.ts";

const LOOPBACK = /^(?:localhost|(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Set where an answer does not say otherwise. Without CORS headers, pages of other origins cannot read any of it. */
const DEFAULT_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

export interface GuardOptions {
  handle: (request: Request) => Response | Promise<Response>;
  /** Bound to loopback: only its names are believed, so that no foreign name can be made to point here (DNS rebinding). */
  loopback: boolean;
}

/** Wraps a handler: checks Host and Origin, answers HEAD as GET without a body, adds security headers. */
export function guarded({ handle, loopback }: GuardOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const refusal = refusalOf(request, loopback);
    const head = request.method === "HEAD";
    const asked = head ? new Request(request, { method: "GET" }) : request;
    const answer = refusal === undefined ? await handle(asked) : failureResponse(refusal);
    for (const [name, value] of Object.entries(DEFAULT_HEADERS)) {
      if (!answer.headers.has(name)) answer.headers.set(name, value);
    }
    return head ? withoutBody(answer) : answer;
  };
}

function refusalOf(request: Request, loopback: boolean): Failure | undefined {
  const host = request.headers.get("host") ?? "";
  if (loopback && !LOOPBACK.test(host)) {
    return new Failure("refused", "this address is served to this machine only", {
      meta: { host: host.slice(0, 255) },
      hint: "Use http://127.0.0.1 or http://localhost, or bind another address with --http.",
    });
  }
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  const origin = request.headers.get("origin");
  if (origin === null || originHost(origin) === host.toLowerCase()) return undefined;
  return new Failure("refused", "pages of other origins may only read", {
    meta: { origin: origin.slice(0, 255) },
    hint: "Send the request from a program, or from a page of this address.",
  });
}

function originHost(origin: string): string | undefined {
  return URL.parse(origin)?.host;
}

/** The server leaves the body out and tells its length; a stream has none, and must not be begun. */
async function withoutBody(answer: Response): Promise<Response> {
  if (answer.headers.get("content-type")?.startsWith("text/event-stream") !== true) return answer;
  await answer.body?.cancel();
  return new Response(null, { status: answer.status, headers: answer.headers });
}

export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "::1" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
