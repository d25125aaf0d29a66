/** What an actor's cell needs of the system it lives in. Generic in the cell, so that neither imports the other. */
import type { Failure } from "../../protocol/failure.ts";
import type { Logger } from "../observe/logger.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Clock } from "../ports/clock.ts";
import type { Rng } from "../ports/rng.ts";
import type { ActorKind, ActorRef, SpawnActorOptions, Terminated, Watch } from "./actor.ts";
import type { DeadReason } from "./dead-letters.ts";
import type { Dispatcher } from "./dispatcher.ts";

export type AnyKind = ActorKind<unknown, unknown>;

export interface Host<C> {
  /** Name of the node. */
  readonly name: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly dispatcher: Dispatcher;
  /** Turns and starts under way, and actors that wait for their restart. */
  busy: number;
  /** Actors that exist. */
  count: number;
  start(kind: AnyKind, parent: C, options: SpawnActorOptions & { key?: string }): C;
  stopCell(cell: C, reason: Terminated["reason"], failure?: Failure): Promise<void>;
  /** A fault of the actor: its supervisor decides. */
  failed(cell: C, failure: Failure): void;
  /** The top supervisor gave up. */
  escalated(failure: Failure): void;
  watch(ref: ActorRef<never, unknown>, listener: (notice: Terminated) => void): Watch;
  bury(cell: C, message: unknown, reason: DeadReason, failure: Failure | undefined): void;
  dropped(cell: C, reason: DeadReason | "withdrawn"): void;
}
