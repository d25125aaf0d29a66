/** Puts one node together: ports, services, actors, supervised loops and an orderly end. */
import { Failure } from "../protocol/failure.ts";
import type { Role } from "../protocol/role.ts";
import {
  ActorSystem,
  createDeadLetterBuffer,
  type DeadLetterBuffer,
  type Supervision,
} from "./actors/index.ts";
import { DRAIN_MS, DrainPlan } from "./drain.ts";
import type { DrainPhase, DrainReport, Node, NodeInspection, Ports } from "./node.ts";
import type { Logger } from "./observe/logger.ts";
import type { Metrics } from "./observe/metrics.ts";
import { createSpanBuffer, createTracer, type Span, type SpanExporter } from "./observe/span.ts";
import { openReminders } from "./reminders.ts";
import type { Services } from "./services.ts";
import { type Loop, startLoop } from "./supervised-loop.ts";

export interface NodeOptions {
  name: string;
  net: string;
  roles: readonly Role[];
  ports: Ports;
  services: Services;
  log: Logger;
  metrics: Metrics;
  /** Where messages refused by local actors go. Default: the latest 1,000 in memory. */
  deadLetters?: DeadLetterBuffer;
  /** How top-level actors are supervised. */
  supervision?: Supervision;
  /** Where finished spans go besides the node's own memory, e.g. an OTLP exporter. */
  spanExporters?: readonly SpanExporter[];
  /** Longest time for single drain phases, in milliseconds, where they differ from the default. */
  drainMs?: Partial<Record<DrainPhase, number>>;
}

export interface HostedNode extends Node {
  readonly deadLetters: DeadLetterBuffer;
  /** The latest spans. */
  spans(): readonly Span[];
  /** Everything is in place: the node counts as ready from here on. */
  ready(): void;
  /** Says that the node cannot go on: the first cause counts. */
  fail(cause: Failure): void;
  /** Resolves when the node cannot go on. It should then be drained and its process ended with an error. */
  readonly failed: Promise<Failure>;
}

const MOST_LOOPS = 1_024;

/** A node that is starting. It closes its transport and store as the last step of its drain. */
export function createNode(options: NodeOptions): HostedNode {
  const { name, net, roles, ports, services, log, metrics } = options;
  const { clock, rng } = ports;
  const deadLetters = options.deadLetters ?? createDeadLetterBuffer();
  const stopping = new AbortController();
  const failed = Promise.withResolvers<Failure>();
  const loops = new Map<string, Loop>();
  const plan = new DrainPlan();
  let state: NodeInspection["state"] = "starting";
  let failure: Failure | undefined;
  let drained: Promise<DrainReport> | undefined;

  const fail = (cause: Failure): void => {
    if (failure !== undefined || state === "stopped") return;
    failure = cause;
    log.error("the node has failed", { failure: cause.toLine(), error: cause });
    failed.resolve(cause);
  };
  const actors = new ActorSystem({
    name,
    clock,
    rng,
    log,
    metrics,
    deadLetters,
    onFailure: fail,
    ...(options.supervision === undefined ? {} : { supervision: options.supervision }),
  });

  const reminders = openReminders({ store: ports.store, clock, rng, log, metrics });
  const spans = createSpanBuffer();
  const tracer = createTracer({ clock, rng, exporters: [spans, ...(options.spanExporters ?? [])] });

  plan.add("stop-accepting", "reminders", () => reminders.close());
  plan.add("finish-mailboxes", "actors", async ({ deadline }) => {
    // The rest of the phase's time is left to actors that have to be stopped with work in hand.
    if (!(await actors.drain({ deadline: clock.now() + (deadline - clock.now()) / 2 }))) {
      throw new Failure("timeout", "actors were stopped before they had finished", { retryable: false });
    }
  });
  plan.add("close", "transport", () => ports.transport.close(), { last: true });
  plan.add("close", "store", async () => ports.store.close(), { last: true });

  const drain = async (): Promise<DrainReport> => {
    log.info("draining");
    state = "draining";
    for (const loop of loops.values()) plan.add("finish-mailboxes", `loop ${loop.name}`, () => loop.ended);
    stopping.abort(new Failure("draining", "the node is stopping"));
    const report = await plan.run({ clock, log, phaseMs: { ...DRAIN_MS, ...options.drainMs } });
    state = "stopped";
    log.info("drained", { clean: report.clean });
    return report;
  };

  return {
    ...ports,
    name,
    net,
    roles,
    log,
    metrics,
    actors,
    deadLetters,
    reminders,
    tracer,
    spans: () => spans.list(),
    signal: stopping.signal,
    fail,
    failed: failed.promise,
    client: (service) => services.client(service),
    serve: (implementation, serveOptions) => services.serve(implementation, serveOptions),
    ready() {
      if (state === "starting") state = "ready";
    },
    supervise(loopName, run) {
      const taken = loops.get(loopName);
      if ((taken !== undefined && taken.state !== "finished") || loops.size >= MOST_LOOPS) {
        throw new Failure("conflict", "a loop of that name runs already, or there are too many", {
          meta: { loop: loopName, loops: loops.size },
        });
      }
      const { signal } = stopping;
      loops.set(
        loopName,
        startLoop({ name: loopName, run, signal, clock, rng, log, metrics, onGivenUp: fail }),
      );
    },
    onDrain: (phase, step, run) => plan.add(phase, step, run),
    drain: () => (drained ??= drain()),
    inspect: () => ({
      name,
      roles,
      state,
      ...(failure === undefined ? {} : { failure: failure.toLine() }),
      actors: [...[...loops.values()].map(inspectLoop), ...actors.inspect()],
    }),
  };
}

const inspectLoop = (loop: Loop): NodeInspection["actors"][number] => ({
  path: `/loops/${loop.name}`,
  mailbox: 0,
  capacity: 0,
  processed: 0,
  restarts: loop.runs - 1,
  state: loop.state,
});
