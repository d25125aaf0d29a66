/** The sandbox role: takes jobs from the queue, runs them in isolates, reports what was observed. */
import { z } from "zod";
import type { Evidence, EvidenceRef } from "../../protocol/evidence.ts";
import { Failure } from "../../protocol/failure.ts";
import { Json } from "../../protocol/ids.ts";
import { SourceFiles } from "../../protocol/isolate.ts";
import { jobId, type RunJob } from "../../protocol/job.ts";
import { implement } from "../../protocol/service.ts";
import { type PoolStatus, Sandbox } from "../../protocol/services/sandbox.ts";
import type { Context } from "../../runtime/context.ts";
import type { Node } from "../../runtime/node.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { getJson, putJson } from "../json-blob.ts";

export interface SandboxOptions {
  node: Node;
  backend: IsolateBackend;
  /** Isolates at once. */
  slots: number;
}

const Cases = z.array(Json).max(1_000);

export async function startSandbox({ node, backend, slots }: SandboxOptions): Promise<void> {
  let running = 0;
  let completed = 0;
  const status = (): PoolStatus => ({ node: node.name, backend: backend.name, running, slots, completed });
  const client = node.client(Sandbox);

  async function runJob(job: RunJob, context: Context): Promise<EvidenceRef> {
    running++;
    node.metrics.gauge("orrery_sandbox_running", running);
    try {
      const [files, cases] = await Promise.all([
        getJson(node.blobs, job.program, SourceFiles, context.signal),
        getJson(node.blobs, job.cases, Cases, context.signal),
      ]);
      const run = await backend.run(
        {
          runtime: job.runtime,
          files,
          entry: job.entry,
          ...(job.call === undefined ? {} : { call: job.call }),
          ...(job.loop === undefined ? {} : { loop: job.loop }),
          cases,
          limits: job.limits,
          seed: job.seed,
        },
        { signal: context.signal },
      );
      if (run.cases.some(({ outcome }) => outcome === "infra" || outcome === "cancelled")) {
        // Nothing was learnt about the submission: another sandbox, or this one later, tries again.
        throw new Failure("unavailable", "the isolate failed for reasons of its own", {
          meta: { backend: backend.name, detail: run.cases.find(({ detail }) => detail)?.detail ?? "" },
        });
      }
      const evidence: Evidence = {
        key: job.key,
        uid: job.uid,
        observed: { type: "program", run },
        node: node.name,
        at: node.clock.now(),
      };
      for (const { outcome } of run.cases) node.metrics.count("orrery_isolate_cases_total", 1, { outcome });
      completed++;
      return { key: job.key, uid: job.uid, evidence: await putJson(node.blobs, evidence) };
    } finally {
      running--;
      node.metrics.gauge("orrery_sandbox_running", running);
      client.idle.publish(status());
    }
  }

  const served = await node.serve(
    implement(Sandbox, {
      status: async () => status(),
      run: (job, context) => {
        const options = { parent: context.trace, attributes: { job: jobId(job.key), uid: job.uid } };
        return node.tracer.run("sandbox.run", options, () => runJob(job, context));
      },
    }),
    { concurrency: slots, ackWaitMs: 30_000, maxDeliver: 5 },
  );
  node.onDrain("stop-accepting", "sandbox", async (options) => void (await served.drain(options)));
  node.onDrain("close", "isolates", () => backend.close());
}
