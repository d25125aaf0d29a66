/** The sandbox role: takes jobs from the queue, runs them in isolates, reports what was observed. */
import { z } from "zod";
import type { Evidence, EvidenceRef } from "../../protocol/evidence.ts";
import { Failure } from "../../protocol/failure.ts";
import { Json } from "../../protocol/ids.ts";
import {
  type CaseResult,
  type IsolateEvidence,
  type IsolateRequest,
  SourceFiles,
} from "../../protocol/isolate.ts";
import { jobId, type RunJob } from "../../protocol/job.ts";
import { implement } from "../../protocol/service.ts";
import { type PoolStatus, Sandbox } from "../../protocol/services/sandbox.ts";
import type { ToolEvidence } from "../../protocol/tools.ts";
import type { Context } from "../../runtime/context.ts";
import type { Node } from "../../runtime/node.ts";
import { runControl } from "../../sandbox/control.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { withSdk } from "../../sandbox/sdk/with-sdk.ts";
import type { ToolSession } from "../../sandbox/tool-channel.ts";
import { getJson, putJson } from "../json-blob.ts";
import { openGateway, openJobSession, type ToolParts } from "./tool-sessions.ts";

export interface SandboxOptions {
  node: Node;
  backend: IsolateBackend;
  /** Isolates at once. */
  slots: number;
  /** For programs that may call tools; without it such jobs are left to other sandboxes. */
  tools?: ToolParts | undefined;
}

/** Each output is within its limit but all together are no blob: the miner's own doing, so it must not count as ours. */
const withoutOutputs = (run: IsolateEvidence): IsolateEvidence => ({
  ...run,
  cases: run.cases.map(({ usage }) => ({
    ...{ outcome: "output-limit", stdout: "", stderr: "", usage },
    detail: "the outputs of all cases together are too large",
  })),
});

const Cases = z.array(Json).max(1_000);
const BROKEN_REST_MS = 10_000;

export async function startSandbox({ node, backend, slots, tools }: SandboxOptions): Promise<void> {
  const gateway = tools === undefined ? undefined : openGateway(node, tools);
  let running = 0;
  let completed = 0;
  const status = (): PoolStatus => ({ node: node.name, backend: backend.name, running, slots, completed });
  const client = node.client(Sandbox);

  /** Runs a job's program with the session that it was granted, and closes the session whatever happens. */
  async function withTools(
    { key, tools: granted }: RunJob,
    work: (options: { tools?: ToolSession }) => Promise<IsolateEvidence>,
  ): Promise<{ run: IsolateEvidence; used: { tools?: ToolEvidence } }> {
    if (granted === undefined) return { run: await work({}), used: {} };
    if (gateway === undefined) {
      throw new Failure("unavailable", "this sandbox answers no tool calls", {
        hint: "Start it with --tools FILE; see docs/tools.md.",
      });
    }
    const session = await openJobSession(gateway, key, granted);
    let run: IsolateEvidence;
    try {
      run = await work({ tools: session });
    } catch (thrown) {
      await session.close().catch(() => {}); // the failure of the run is the one to tell
      throw thrown;
    }
    const { evidence, fault } = await session.close();
    if (fault !== undefined) {
      // The program met with a failure that is not its own: whatever it made of that says nothing about it.
      throw new Failure("provider", "a tool failed for reasons of its own", { cause: fault });
    }
    return { run, used: { tools: evidence } };
  }

  /** The isolate broke down: the program's doing, or that of this machine? Fails when it may be the machine's. */
  async function proveSound(
    { key }: RunJob,
    request: IsolateRequest,
    { detail = "" }: CaseResult,
    signal: AbortSignal,
  ): Promise<CaseResult[]> {
    const { good, controls } = await runControl(backend, request, { salt: jobId(key), signal });
    node.metrics.count("orrery_sandbox_controls_total", 1, { outcome: good ? "ok" : "failed" });
    if (good) return controls;
    const failed = controls.at(-1);
    const meta = { backend: backend.name, detail, control: failed?.detail ?? failed?.outcome ?? "" };
    node.log.error("isolates are broken here: a program known to be good fails in them too", meta);
    // Nothing was learnt about the submission: another sandbox, or this one later, tries again. Whoever is broken fails
    // fast, and would take all jobs from those that work.
    await node.clock.sleep(BROKEN_REST_MS, signal);
    throw new Failure("unavailable", "isolates are broken here", {
      meta,
      hint: "Run `bun run doctor` there.",
    });
  }

  async function runJob(job: RunJob, context: Context): Promise<EvidenceRef> {
    running++;
    node.metrics.gauge("orrery_sandbox_running", running);
    try {
      const [files, cases] = await Promise.all([
        getJson(node.blobs, job.program, SourceFiles, context.signal),
        getJson(node.blobs, job.cases, Cases, context.signal),
      ]);
      const request = withSdk({
        runtime: job.runtime,
        files,
        entry: job.entry,
        ...(job.call === undefined ? {} : { call: job.call }),
        ...(job.loop === undefined ? {} : { loop: job.loop }),
        ...(job.tools === undefined ? {} : { tools: job.tools }),
        cases,
        limits: job.limits,
        seed: job.seed,
      });
      const { run, used } = await withTools(job, (session) =>
        backend.run(request, { signal: context.signal, ...session }),
      );
      const broken = run.cases.find(({ outcome }) => outcome === "infra" || outcome === "cancelled");
      const proof = broken && { controls: await proveSound(job, request, broken, context.signal) };
      for (const { outcome } of run.cases) node.metrics.count("orrery_isolate_cases_total", 1, { outcome });
      completed++;
      const { key, uid } = job;
      const put = (observed: IsolateEvidence) => {
        const at = node.clock.now();
        const evidence: Evidence = {
          ...{ key, uid, node: node.name, at },
          observed: { type: "program", run: observed, ...used, ...proof },
        };
        return putJson(node.blobs, evidence);
      };
      const evidence = await put(run).catch((thrown: unknown) => {
        if (Failure.from(thrown).code !== "too-large") throw thrown;
        return put(withoutOutputs(run));
      });
      return { key, uid, evidence };
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
  node.onDrain("close", "isolates", async () => {
    await backend.close();
    await gateway?.close();
  });
}
