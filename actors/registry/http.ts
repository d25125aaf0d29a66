/** The registry over HTTP: bounded bodies, typed answers, and failures that say what to do. */
import { timingSafeEqual } from "node:crypto";
import { Elysia } from "elysia";
import type { z } from "zod";
import { Failure, type FailureCode } from "../../protocol/failure.ts";
import {
  EnrolRequest,
  PardonRequest,
  RenewRequest,
  RevokeRequest,
} from "../../protocol/services/registry.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import type { Clock } from "../../runtime/ports/index.ts";
import type { Enrolment } from "./enrolment.ts";

/** The largest honest request is below 1 KiB. */
const BODY_LIMIT = 4_096;

const STATUS: Partial<Record<FailureCode, number>> = {
  malformed: 400,
  unauthorised: 401,
  refused: 403,
  "not-found": 404,
  conflict: 409,
  expired: 410,
  "too-large": 413,
  overloaded: 429,
  unavailable: 503,
  timeout: 503,
  draining: 503,
};

export interface RegistryHttpOptions {
  enrolment: Enrolment;
  clock: Pick<Clock, "now">;
  log: Logger;
  /** Bearer token of the operator; without one, /v1/revoke does not exist. */
  operatorToken?: string | undefined;
  /** Header with the client's address, set by a proxy of the operator's own. Only ever behind one. */
  addressHeader?: string | undefined;
}

/** The Elysia app; `listen` is the caller's. Every answer is JSON, every failure a `WireFailure` with the server's time. */
export function registryApp(options: RegistryHttpOptions) {
  const { enrolment, log } = options;
  const answer = async (context: RouteContext, work: () => unknown): Promise<Response> => {
    try {
      enrolment.admit(addressOf(context, options.addressHeader));
      return json(200, await work());
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (failure.code === "defect") log.error("registry request failed", { failure: failure.message });
      return failed(failure, options.clock.now());
    }
  };
  const app = new Elysia({ serve: { maxRequestBodySize: BODY_LIMIT } });
  const none = { parse: "none" } as const;
  app.post("/v1/enrol/challenge", (context) => answer(context, () => enrolment.challenge()), none);
  app.post(
    "/v1/enrol",
    (context) => answer(context, async () => enrolment.enrol(await bodyOf(context, EnrolRequest))),
    none,
  );
  app.post(
    "/v1/renew",
    (context) => answer(context, async () => enrolment.renew(await bodyOf(context, RenewRequest))),
    none,
  );
  app.post(
    "/v1/revoke",
    (context) =>
      answer(context, async () => {
        checkOperator(context.request, options.operatorToken);
        return enrolment.revoke(await bodyOf(context, RevokeRequest));
      }),
    none,
  );
  app.post(
    "/v1/pardon",
    (context) =>
      answer(context, async () => {
        checkOperator(context.request, options.operatorToken);
        return enrolment.pardon(await bodyOf(context, PardonRequest));
      }),
    none,
  );
  return app;
}

interface RouteContext {
  request: Request;
  server: { requestIP(request: Request): { address: string } | null } | null;
}

/** IPv6 hosts own a /64 at least: it counts as one address. */
function addressOf({ request, server }: RouteContext, header: string | undefined): string {
  const address =
    header === undefined
      ? server?.requestIP(request)?.address
      : request.headers.get(header)?.split(",").at(-1);
  const text = (address ?? "local").trim().slice(0, 64);
  return text.includes(":") && !text.includes(".") ? text.split(":").slice(0, 4).join(":") : text;
}

async function bodyOf<T extends z.ZodType>({ request }: RouteContext, schema: T): Promise<z.output<T>> {
  const parsed = schema.safeParse(jsonOf(await textOf(request)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Failure("malformed", "The body is not what this path takes", {
    meta: { path: issue?.path.join(".").slice(0, 64) ?? "", problem: issue?.message.slice(0, 200) ?? "" },
    hint: "docs/protocol/schemas/enrol-request.json lists the fields and their forms.",
  });
}

/** Reads no more than the limit, whatever the headers claim. */
async function textOf(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > BODY_LIMIT) throw new Failure("too-large", `The body is larger than ${BODY_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure("malformed", "The body is not JSON", { hint: "Send Content-Type: application/json." });
  }
}

function checkOperator(request: Request, token: string | undefined): void {
  const given = Buffer.from(request.headers.get("authorization") ?? "");
  const wanted = Buffer.from(`Bearer ${token ?? ""}`);
  if (token !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new Failure("unauthorised", "Only the operator may revoke", {
    hint: "Send the registry's operator token as a bearer token.",
  });
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });

function failed(failure: Failure, serverTime: number): Response {
  // A defect's message is ours to read, in the log; strangers learn that it happened.
  const shown = failure.code === "defect" ? new Failure("defect", "The registry failed") : failure;
  const { cause: _, ...wire } = shown.toWire();
  const retry =
    failure.retryAfterMs === undefined
      ? {}
      : { "retry-after": String(Math.ceil(failure.retryAfterMs / 1_000)) };
  return json(STATUS[failure.code] ?? 500, { ...wire, meta: { ...wire.meta, serverTime } }, retry);
}
