/** The model role: serves models of this node, each under an actor's key of its own, and tells how much they have to do. */
import type { Model } from "../../models/model.ts";
import { createScheduler, type Scheduler, type SchedulerOptions } from "../../models/scheduler/scheduler.ts";
import type { GenerateRequest } from "../../protocol/model.ts";
import { implement } from "../../protocol/service.ts";
import { type ModelReport, Models } from "../../protocol/services/model.ts";
import type { Context } from "../../runtime/context.ts";
import type { Node } from "../../runtime/node.ts";
import { sharedContexts } from "./shared-contexts.ts";
import { Tally } from "./tally.ts";
import { meter, tellLoad } from "./vllm-metrics.ts";

export interface ModelRoleOptions {
  node: Node;
  models: readonly Model[];
  /** What the machine has, for those who choose: `gpu`, `vramBytes`, … */
  labels?: Readonly<Record<string, string>>;
  scheduler?: Pick<SchedulerOptions, "waiting" | "perCaller" | "memoryBytes" | "idleMs">;
  /** Loads every model before the role counts as started, so that no caller waits for it. Default true. */
  warmUp?: boolean;
}

/** A report is due this often; `ModelDirectory` forgets an actor that misses a few. */
const REPORT_MS = 1_000;
/** More calls than any line holds: the scheduler says when it is full, not the mailbox. */
const CALLS = 4_096;

export async function startModels(options: ModelRoleOptions): Promise<void> {
  const { node, warmUp = true } = options;
  const actors = options.models.map((model, at) => ({
    key: `${node.name.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 48)}-${at}`,
    tally: new Tally(),
    scheduler: createScheduler({
      ...{ model, clock: node.clock, shared: sharedContexts(node) },
      ...options.scheduler,
    }),
  }));
  for (const actor of actors) {
    const { key, scheduler } = actor;
    if (warmUp) await warm(node, scheduler);
    await serve(node, actor);
    node.onDrain("close", `model ${key}`, () => scheduler.close());
  }
  const { report } = node.client(Models);
  const tell = async (): Promise<void> => {
    for (const { key, scheduler, tally } of actors) {
      const load = scheduler.load();
      const card = await scheduler.card();
      tellLoad(node.metrics, card.id, load);
      const body: ModelReport = {
        ...{ actor: key, node: node.name, at: node.clock.now(), card, labels: { ...options.labels } },
        ...{ ...load, work: tally.work },
      };
      report.publish(body);
    }
  };
  node.supervise("models", async (signal) => {
    while (!signal.aborted) {
      await tell();
      await node.clock.sleep(REPORT_MS, signal);
    }
  });
}

async function warm(node: Node, scheduler: Scheduler): Promise<void> {
  const { id } = await scheduler.card();
  const began = node.clock.monotonic();
  await scheduler.warmUp({ signal: node.signal });
  node.log.info("model loaded", { model: id, ms: Math.round(node.clock.monotonic() - began) });
}

interface Actor {
  key: string;
  scheduler: Scheduler;
  tally: Tally;
}

async function serve(node: Node, { key, scheduler, tally }: Actor): Promise<void> {
  const as = (caller: string | undefined, { sender, signal, deadline }: Context) => ({
    ...{ signal, deadline },
    // A caller without a name has the share of the node that asks for it.
    caller: caller ?? `node ${sender}`,
  });
  const measured = ({ model }: GenerateRequest) => ({
    metrics: node.metrics,
    clock: node.clock,
    model,
    tally,
  });
  await node.serve(
    implement(Models, {
      generate: ({ caller, request }, context: Context) =>
        meter(measured(request), scheduler.generate(request, as(caller, context))),
      score: ({ caller, request }, context: Context) =>
        tally.counting(scheduler.score(request, as(caller, context))),
      embed: ({ caller, request }, context: Context) =>
        tally.counting(scheduler.embed(request, as(caller, context))),
      tokenize: ({ caller, request }, context: Context) => scheduler.tokenize(request, as(caller, context)),
    }),
    { key, concurrency: CALLS, mailbox: { capacity: CALLS, overload: "reject" } },
  );
}
