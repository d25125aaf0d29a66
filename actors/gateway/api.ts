/** The gateway's HTTP API: read-only views of the ledger, and their changes as server-sent events. */
import { Elysia } from "elysia";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { Sha256, Uid } from "../../protocol/ids.ts";
import { ApiError, EvidenceView, MinerPage, SNAPSHOT_PARTS, Snapshot } from "../../protocol/views.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import type { Blobs, Clock } from "../../runtime/ports/index.ts";
import type { Changes } from "./changes.ts";
import { eventStream } from "./event-stream.ts";
import { createEvidenceReader } from "./evidence.ts";
import { failureResponse } from "./failure-response.ts";
import { jsonResponse } from "./json-response.ts";
import { describeApi, ERRORS, inlineJsonSchema } from "./openapi.ts";
import { publish } from "./published.ts";
import type { ReadModel } from "./read-model.ts";

export interface ApiOptions {
  model: ReadModel;
  blobs: Blobs;
  clock: Clock;
  changes: Changes;
  log: Logger;
  /** Ends every stream. */
  signal: AbortSignal;
  /** Readers of the event stream at once; each holds a connection open. */
  maxListeners?: number;
}

const PREFIX = "/api/v1";
const SEE_DOCUMENT = `${PREFIX}/openapi.json lists the paths and what they take.`;

const UidParam = z.object({
  uid: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(Uid)
    .meta({ description: "Place in the metagraph" }),
});
const DigestParam = z.object({ sha256: Sha256.meta({ description: "Digest of the evidence" }) });

export function createApi(options: ApiOptions) {
  const { model, blobs, clock, changes, log, signal, maxListeners = 256 } = options;
  const published = publish({ model, changes, clock });
  const readEvidence = createEvidenceReader(blobs);
  let listeners = 0;

  const part = (name: keyof typeof SNAPSHOT_PARTS) => (context: { request: Request }) =>
    jsonResponse(context.request, JSON.stringify(published.snapshot()[name]));
  const partOf = (name: keyof typeof SNAPSHOT_PARTS, summary: string) => ({
    response: { 200: SNAPSHOT_PARTS[name], 500: ERRORS[500] },
    detail: { summary },
  });

  return new Elysia({ prefix: PREFIX, name: "gateway" })
    .use(describeApi("/openapi.json"))
    .onError(({ error, code }) => {
      const failure = asFailure(error, code);
      if (failure.code === "defect") log.error("a request of the gateway failed", { error: failure });
      return failureResponse(failure);
    })
    .get("/snapshot", ({ request }) => jsonResponse(request, published.text()), {
      response: { 200: Snapshot, 500: ERRORS[500] },
      detail: { summary: "Everything the dashboard shows" },
    })
    .get("/miners", part("miners"), partOf("miners", "Miners, best first"))
    .get("/rounds", part("rounds"), partOf("rounds", "The latest rounds, newest first"))
    .get("/weights", part("weights"), partOf("weights", "The latest weight sets, newest first"))
    .get("/chain", part("chain"), partOf("chain", "What the chain's last epoch made of each neuron"))
    .get("/nodes", part("nodes"), partOf("nodes", "Nodes heard of lately, by name"))
    .get("/models", part("models"), partOf("models", "Model actors heard of lately, and their work"))
    .get(
      "/miners/:uid",
      ({ params: { uid }, request }) => {
        const page = model.miner(uid);
        if (page !== undefined) return jsonResponse(request, JSON.stringify(page));
        throw new Failure("not-found", `no miner has uid ${uid}`, {
          meta: { uid },
          hint: `${PREFIX}/miners lists those there are.`,
        });
      },
      {
        params: UidParam,
        response: { 200: MinerPage, 400: ERRORS[400], 404: ERRORS[404], 500: ERRORS[500] },
        detail: { summary: "One miner and its latest jobs" },
      },
    )
    .get(
      "/evidence/:sha256",
      async ({ params: { sha256 }, request }) => {
        const ref = model.evidence(sha256);
        if (ref === undefined) {
          throw new Failure("not-found", "no job that is shown has this evidence", {
            hint: `Take the digest from ${PREFIX}/miners/:uid.`,
          });
        }
        // Content under a digest never changes: a day without asking, and then a 304 at most.
        const view = await readEvidence(ref, AbortSignal.any([request.signal, signal]));
        return jsonResponse(request, JSON.stringify(view), {
          etag: sha256.slice(0, 32),
          cacheControl: "private, max-age=86400",
        });
      },
      {
        params: DigestParam,
        response: { 200: EvidenceView, ...ERRORS },
        detail: { summary: "What was observed when a job ran, shortened for people" },
      },
    )
    .get(
      "/events",
      ({ request }) => {
        if (listeners >= maxListeners) {
          throw new Failure("overloaded", `${maxListeners} listeners are connected, which is the most`, {
            retryAfterMs: 5_000,
            hint: `Try again later, or ask ${PREFIX}/snapshot now and then.`,
          });
        }
        listeners++;
        return eventStream({
          ...{ changes, clock },
          snapshot: published.text,
          signal: AbortSignal.any([request.signal, signal]),
          onEnd: () => listeners--,
        });
      },
      {
        detail: {
          summary: "Snapshots as server-sent events, whenever something changed",
          description:
            "Event `snapshot` carries a Snapshot; event `idle` says that nothing changed and the stream is alive. A slow reader skips snapshots.",
          responses: {
            200: {
              description: "A stream that ends only when the gateway stops",
              content: { "text/event-stream": { schema: { type: "string" } } },
            },
            503: {
              description: "Too many listeners",
              content: { "application/json": { schema: inlineJsonSchema(ApiError) as object } },
            },
          },
        },
      },
    )
    .get(
      "/*",
      () => {
        throw new Failure("not-found", "there is nothing here", { hint: SEE_DOCUMENT });
      },
      { detail: { hide: true } },
    );
}

function asFailure(error: unknown, code: unknown): Failure {
  if (code === "NOT_FOUND") return new Failure("not-found", "there is nothing here", { hint: SEE_DOCUMENT });
  if (code !== "VALIDATION") return Failure.from(error);
  return new Failure("malformed", "the path is not valid", { hint: SEE_DOCUMENT });
}
