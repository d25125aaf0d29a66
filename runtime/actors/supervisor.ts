/** A supervisor's decision about a failed child: restart it, with or without siblings, or escalate. */
import { Failure } from "../../protocol/failure.ts";
import type { Cell } from "./cell.ts";
import { childrenOf, resumeCell, stopCell, suspendCell } from "./lifecycle.ts";
import {
  affectedBy,
  backoffMs,
  DEFAULT_BACKOFF,
  DEFAULT_INTENSITY,
  type Intensity,
  RestartWindow,
  type Supervision,
} from "./supervision.ts";

export function supervise(cell: Cell, failure: Failure): void {
  const { system, parent } = cell;
  if (parent === undefined) {
    system.escalated(failure);
    return;
  }
  const policy = parent.kind.children ?? {};
  system.metrics.count("orrery_actor_failures_total", 1, { kind: cell.kind.name });
  // A virtual actor answers for itself: one poisoned key must not use up the restarts of all the others.
  const attempt = failuresOf(cell, parent, policy.intensity ?? DEFAULT_INTENSITY).admit(
    system.clock.monotonic(),
  );
  if (attempt === undefined) {
    giveUp(cell, parent, failure, policy);
    return;
  }

  const affected = affectedBy(cell, childrenOf(parent), policy.strategy ?? "one-for-one").filter(
    (each) => each.accepting,
  );
  const givenBack = Promise.all(affected.map(suspendCell));
  const delayMs = backoffMs(attempt, policy.backoff ?? DEFAULT_BACKOFF, system.rng);
  cell.log.warn("an actor failed and is being restarted", {
    failure: failure.toLine(),
    code: failure.code,
    attempt,
    delayMs: Math.round(delayMs),
    affected: affected.length,
  });
  const suspended = affected.map((each) => ({ each, generation: each.generation }));
  system.clock.after(delayMs, async () => {
    await givenBack;
    for (const { each, generation } of suspended) {
      if (each.generation === generation) resumeCell(each);
    }
  });
}

const failuresOf = (cell: Cell, parent: Cell, intensity: Intensity): RestartWindow =>
  parent.extras.isolating
    ? (cell.extras.ownFailures ??= new RestartWindow(intensity))
    : (parent.extras.childFailures ??= new RestartWindow(intensity));

function giveUp(cell: Cell, parent: Cell, cause: Failure, policy: Supervision): void {
  const { restarts, withinMs } = policy.intensity ?? DEFAULT_INTENSITY;
  const failure = new Failure("defect", "an actor failed too often to be restarted again", {
    meta: { path: cell.path, restarts, withinMs },
    hint: "Its log lines say why it failed each time.",
    cause,
  });
  cell.log.error(failure.message, { failure: failure.toLine(), cause: cause.toLine() });
  void stopCell(cell, "failed", failure);
  if (!parent.extras.isolating) supervise(parent, failure);
}
