/** An actor system on a manual clock, with everything it says and drops kept to be looked at. */
import type { Failure } from "../../protocol/failure.ts";
import { ActorSystem, createDeadLetterBuffer, type Supervision } from "../../runtime/actors/index.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { manualClock } from "./manual-clock.ts";
import { keptLog, keptMetrics } from "./quiet.ts";

export function testActors(options: { supervision?: Supervision; maxActors?: number; clock?: Clock } = {}) {
  const clock = manualClock();
  const deadLetters = createDeadLetterBuffer();
  const metrics = keptMetrics();
  const log = keptLog();
  const escalated: Failure[] = [];
  const system = new ActorSystem({
    name: "test",
    clock,
    rng: createSeededRng(1),
    log,
    metrics,
    deadLetters,
    onFailure: (failure) => escalated.push(failure),
    ...options,
  });
  return { system, clock, deadLetters, metrics, log, escalated };
}

/** A promise and the means to settle it. */
export function gate<T = void>() {
  return Promise.withResolvers<T>();
}
