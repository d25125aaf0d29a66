/** The gateway's HTTP API: read-only views of the ledger, and their changes as server-sent events. */
import { openapi } from "@elysiajs/openapi";
import { Elysia, sse } from "elysia";
import { z } from "zod";
import { Evidence } from "../../protocol/evidence.ts";
import { Failure } from "../../protocol/failure.ts";
import { MinerPage, Snapshot } from "../../protocol/views.ts";
import type { Blobs, Clock } from "../../runtime/ports/index.ts";
import { getJson } from "../json-blob.ts";
import type { Changes } from "./changes.ts";
import type { ReadModel } from "./read-model.ts";

export interface ApiOptions {
  model: ReadModel;
  blobs: Blobs;
  clock: Clock;
  changes: Changes;
}

/** Readers at once; each holds a connection open. */
const MAX_LISTENERS = 256;
/** A comment this often keeps proxies from closing a quiet stream. */
const KEEP_ALIVE_MS = 15_000;

export function createApi({ model, blobs, clock, changes }: ApiOptions) {
  let listeners = 0;
  return new Elysia({ prefix: "/api/v1", name: "gateway" })
    .use(
      openapi({
        // No page of documentation: it would load its script from elsewhere.
        provider: null,
        specPath: "/openapi.json",
        mapJsonSchema: { zod: z.toJSONSchema },
        documentation: {
          info: { title: "Orrery gateway", version: "1", description: "Read-only views of one subnet." },
        },
      }),
    )
    .onError(({ error, set, code }) => {
      const failure =
        code === "NOT_FOUND"
          ? new Failure("not-found", "there is nothing here")
          : Failure.from(error, code === "VALIDATION" ? "malformed" : "defect");
      set.status = STATUS[failure.code] ?? 500;
      const { cause: _, ...shown } = failure.toWire();
      return {
        error: failure.code === "defect" ? { ...shown, message: "the gateway failed; see its log" } : shown,
      };
    })
    .get("/snapshot", () => model.snapshot(), {
      response: Snapshot,
      detail: { summary: "Everything the dashboard shows" },
    })
    .get("/standings", () => model.snapshot().miners, { detail: { summary: "Miners, best first" } })
    .get("/rounds", () => model.snapshot().rounds, { detail: { summary: "Rounds, newest first" } })
    .get("/weights", () => model.snapshot().weights, { detail: { summary: "Weight sets, newest first" } })
    .get("/nodes", () => model.snapshot().nodes, { detail: { summary: "Nodes heard of lately" } })
    .get(
      "/miners/:uid",
      ({ params: { uid } }) => {
        const page = model.miner(uid);
        if (page === undefined) throw new Failure("not-found", `no miner has uid ${uid}`);
        return page;
      },
      {
        params: z.object({ uid: z.coerce.number().int().min(0).max(65_535) }),
        response: { 200: MinerPage },
        detail: { summary: "One miner and its latest jobs" },
      },
    )
    .get(
      "/evidence/:sha256",
      async ({ params: { sha256 } }) => {
        const job = model.shows(sha256);
        if (!job?.evidence) {
          throw new Failure("not-found", "no job that is shown has this evidence", {
            hint: "Take the digest from /miners/:uid.",
          });
        }
        return getJson(blobs, job.evidence, Evidence);
      },
      {
        params: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
        detail: { summary: "What was observed when a job ran" },
      },
    )
    .get(
      "/events",
      async function* ({ request }) {
        if (listeners >= MAX_LISTENERS)
          throw new Failure("overloaded", "too many listeners", { retryAfterMs: 5_000 });
        listeners++;
        try {
          yield sse({ event: "snapshot", data: model.snapshot() });
          for await (const what of changes.follow({ signal: request.signal, clock, idleMs: KEEP_ALIVE_MS })) {
            yield what === "idle"
              ? sse({ event: "idle", data: clock.now() })
              : sse({ event: "snapshot", data: model.snapshot() });
          }
        } finally {
          listeners--;
        }
      },
      { detail: { summary: "Snapshots as server-sent events, when something changed" } },
    );
}

const STATUS: Partial<Record<Failure["code"], number>> = {
  malformed: 422,
  "not-found": 404,
  overloaded: 429,
  unavailable: 503,
  corrupt: 502,
};
