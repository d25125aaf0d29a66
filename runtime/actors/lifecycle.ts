/** Starting, suspending and stopping actors. */
import { Failure } from "../../protocol/failure.ts";
import type { Actor, StopReason, Terminated } from "./actor.ts";
import type { Cell } from "./cell.ts";

/** Starts the actor, or starts it again. A start that fails is a failure like any other. */
export function startCell(cell: Cell): void {
  const generation = cell.generation;
  cell.state = "starting";
  const started = (actor: Actor<unknown, unknown>): void => {
    if (cell.generation !== generation || cell.state !== "starting") {
      // Stopped meanwhile: nobody else will ever give back what this start took hold of.
      return void Promise.resolve(actor.stop?.("stopped")).catch(() => {});
    }
    cell.actor = actor;
    cell.state = "running";
    cell.wake();
  };
  const failed = (thrown: unknown): void => {
    if (cell.generation === generation && cell.state === "starting")
      cell.system.failed(cell, Failure.from(thrown));
  };
  let actor: Actor<unknown, unknown> | Promise<Actor<unknown, unknown>>;
  try {
    actor = cell.kind.start(cell);
  } catch (thrown) {
    failed(thrown);
    return;
  }
  if (!(actor instanceof Promise)) {
    started(actor);
    return;
  }
  awaitStart(cell, actor, started, failed);
}

/** A start has as long as a turn; should it still end after that, what it took is given back. */
function awaitStart(
  cell: Cell,
  start: Promise<Actor<unknown, unknown>>,
  started: (actor: Actor<unknown, unknown>) => void,
  failed: (thrown: unknown) => void,
): void {
  const { system } = cell;
  let waiting = true;
  const over = (): void => {
    if (!waiting) return;
    waiting = false;
    timer.cancel();
    system.busy--;
  };
  system.busy++;
  const timer = system.clock.after(cell.turnMs, () => {
    over();
    failed(new Failure("timeout", "the actor did not start in time", { meta: { path: cell.path } }));
  });
  start.then(
    (actor) => {
      over();
      started(actor);
    },
    (thrown: unknown) => {
      over();
      failed(thrown);
    },
  );
}

/**
 * Takes the actor out of service before a restart: turns are abandoned, children stopped, mail is kept. Resolves when
 * the actor has given back what it held, so that its next start finds it free.
 */
export function suspendCell(cell: Cell): Promise<void> {
  // Waiting for a restart already: the new generation makes the earlier restart leave it to the coming one.
  cell.generation++;
  const { extras } = cell;
  if (cell.state === "suspended") return extras.givenBack;
  const actor = cell.actor;
  cell.state = "suspended";
  cell.actor = undefined;
  cell.system.busy++;
  extras.abortSignal(true);
  // A supervisor that starts again also starts counting its children's failures again.
  extras.childFailures = undefined;
  cell.abandonTurns(
    new Failure("unavailable", "the actor is being restarted", { meta: { path: cell.path } }),
  );
  extras.givenBack = stopChildren(cell).then(() => release(cell, actor, "restarting"));
  return extras.givenBack;
}

/** Ends a suspension by starting again. */
export function resumeCell(cell: Cell): void {
  if (cell.state !== "suspended") return;
  cell.system.busy--;
  cell.extras.restarts++;
  startCell(cell);
}

/**
 * Stops the actor for good: its children first, the last first; a turn under way may end within the actor's patience;
 * mail left over becomes dead letters; watchers are told last.
 */
export function stopCell(
  cell: Cell,
  reason: Exclude<StopReason, "restarting">,
  failure?: Failure,
): Promise<void> {
  return (cell.extras.stopped ??= stop(cell, reason, failure));
}

async function stop(cell: Cell, reason: Terminated["reason"], failure: Failure | undefined): Promise<void> {
  if (cell.state === "suspended") cell.system.busy--;
  cell.state = "stopping";
  cell.extras.abortSignal();
  await stopChildren(cell);
  await turnsEnded(cell);
  cell.generation++;
  cell.abandonTurns(new Failure("unavailable", "the actor has stopped", { meta: { path: cell.path } }));
  await release(cell, cell.actor, reason);
  discard(cell, { path: cell.path, reason, failure });
}

/** Removes a stopped cell from its place, and everything that still points at it. */
export function discard(cell: Cell, notice: Terminated): void {
  cell.actor = undefined;
  cell.state = "stopped";
  for (const queue = cell.queue; queue !== undefined && queue.size > 0; ) cell.bury(queue.shift(), "stopped");
  cell.queue = undefined;
  cell.parent?.rare?.children?.delete(cell.name);
  cell.system.count--;
  const { rare } = cell;
  if (rare === undefined) return;
  rare.notice = notice;
  const gone = new Failure("unavailable", "the actor has stopped", { meta: { path: notice.path } });
  for (let next = rare.waiting.shift(); next !== undefined; next = rare.waiting.shift()) next.refuse(gone);
  for (const watcher of rare.watchers ?? []) {
    try {
      watcher(notice);
    } catch (thrown) {
      cell.log.error("a watcher failed", { failure: Failure.from(thrown).toLine() });
    }
  }
  rare.watchers = undefined;
}

async function stopChildren(cell: Cell): Promise<void> {
  for (const child of childrenOf(cell).reverse()) await stopCell(child, "stopped");
}

export const childrenOf = (cell: Cell): Cell[] => [...(cell.rare?.children?.values() ?? [])];

async function turnsEnded(cell: Cell): Promise<void> {
  if (cell.inFlight === 0) return;
  const stopping = new Failure("cancelled", "the actor is being stopped", { meta: { path: cell.path } });
  for (const turn of cell.extras.turns) turn.abort(stopping);
  await withinPatience(cell, new Promise<void>((resolve) => (cell.extras.turnsEnded = resolve)));
}

async function release(
  cell: Cell,
  actor: Actor<unknown, unknown> | undefined,
  reason: StopReason,
): Promise<void> {
  try {
    const stopping = actor?.stop?.(reason);
    if (stopping !== undefined) await withinPatience(cell, stopping);
  } catch (thrown) {
    cell.log.warn("the actor failed to stop cleanly", { failure: Failure.from(thrown).toLine() });
  }
}

function withinPatience(cell: Cell, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = cell.system.clock.after(cell.patienceMs, resolve);
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
