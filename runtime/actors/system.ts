/** All actors of one node: starts them, counts them, finds them, and stops them in good order. */
import { Failure } from "../../protocol/failure.ts";
import type { Logger } from "../observe/logger.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Clock } from "../ports/clock.ts";
import type { Rng } from "../ports/rng.ts";
import type { ActorKind, ActorRef, SpawnActorOptions, Terminated, Watch } from "./actor.ts";
import { Cell } from "./cell.ts";
import type { DeadLetterSink, DeadReason } from "./dead-letters.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { AnyKind, Host } from "./host.ts";
import { childrenOf, startCell, stopCell } from "./lifecycle.ts";
import type { Supervision } from "./supervision.ts";
import { supervise } from "./supervisor.ts";
import { Family, type FamilyOptions } from "./virtual.ts";

export interface ActorSystemOptions {
  /** Name of the node. */
  name: string;
  clock: Clock;
  rng: Rng;
  log: Logger;
  metrics: Metrics;
  deadLetters: DeadLetterSink;
  /** Called when the top supervisor gives up: the node has failed. */
  onFailure: (failure: Failure) => void;
  /** How actors without a parent are supervised. */
  supervision?: Supervision;
  /** Default 2^20. */
  maxActors?: number;
}

export interface ActorInspection {
  path: string;
  mailbox: number;
  capacity: number;
  processed: number;
  restarts: number;
  state: string;
}

const NAME = /^[A-Za-z0-9_.:@-]{1,128}$/;
const POLL_MS = 5;

export class ActorSystem implements Host<Cell> {
  readonly name: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly dispatcher: Dispatcher;
  busy = 0;
  count = 0;
  private readonly options: ActorSystemOptions;
  private readonly root: Cell;
  private readonly families: Family<unknown, unknown>[] = [];

  constructor(options: ActorSystemOptions) {
    this.options = options;
    this.name = options.name;
    this.clock = options.clock;
    this.rng = options.rng;
    this.log = options.log;
    this.metrics = options.metrics;
    this.dispatcher = new Dispatcher(options.clock);
    this.root = new Cell(this, guardian("root", options.supervision), undefined, "");
    this.root.state = "running";
  }

  /** Starts an actor at the top level. Fails with `conflict` for a name in use and `overloaded` beyond the limit. */
  spawn<M, R = void>(kind: ActorKind<M, R>, options: SpawnActorOptions = {}): ActorRef<M, R> {
    return this.start(kind as AnyKind, this.root, options) as ActorRef<M, R>;
  }

  /** Virtual actors of a kind: always addressable by key, started by their first message, evicted when idle. */
  virtual<M, R = void>(kind: ActorKind<M, R>, options: FamilyOptions = {}): Family<M, R> {
    const cell = this.start(guardian(kind.name, kind.children), this.root, { name: kind.name });
    cell.extras.isolating = true;
    const family = new Family<M, R>(this, cell, kind as AnyKind, options);
    this.families.push(family as unknown as Family<unknown, unknown>);
    return family;
  }

  /** Tells the listener once when the actor has stopped for good; soon, when it already has. */
  watch(ref: ActorRef<never, unknown>, listener: (notice: Terminated) => void): Watch {
    if (!(ref instanceof Cell)) {
      throw new Failure("malformed", "only actors of this node that are not virtual can be watched");
    }
    const { extras } = ref;
    if (extras.notice !== undefined) {
      const notice = extras.notice;
      const timer = this.clock.after(0, () => listener(notice));
      return { cancel: () => timer.cancel() };
    }
    extras.watchers ??= new Set();
    extras.watchers.add(listener);
    return { cancel: () => void extras.watchers?.delete(listener) };
  }

  /** Stops one actor and its children; resolves when they are gone. */
  async stop(ref: ActorRef<never, unknown>): Promise<void> {
    if (ref instanceof Cell) await stopCell(ref, "stopped");
  }

  /** Lets mailboxes run empty until the deadline, then stops every actor. True when nothing was left over. */
  async drain(options: { deadline: number }): Promise<boolean> {
    while (!this.idle && this.clock.now() < options.deadline) await this.clock.sleep(POLL_MS);
    const clean = this.idle;
    for (const family of this.families) family.close();
    await Promise.all(childrenOf(this.root).map((cell) => stopCell(cell, "stopped")));
    return clean;
  }

  get idle(): boolean {
    return this.busy === 0 && this.dispatcher.idle;
  }

  /** Actors depth first, at most `limit`. */
  inspect(limit = 1_000): ActorInspection[] {
    const found: ActorInspection[] = [];
    const visit = (cell: Cell): void => {
      for (const child of cell.rare?.children?.values() ?? []) {
        if (found.length >= limit) return;
        if (!child.rare?.isolating) found.push(inspectCell(child));
        visit(child);
      }
    };
    visit(this.root);
    return found;
  }

  start(kind: AnyKind, parent: Cell, options: SpawnActorOptions & { key?: string }): Cell {
    const { extras } = parent;
    extras.children ??= new Map();
    const name = options.name ?? `${kind.name}-${++extras.counter}`;
    if (!NAME.test(name)) {
      throw new Failure("malformed", "an actor's name must match [A-Za-z0-9_.:@-]{1,128}", {
        meta: { name: name.slice(0, 140) },
      });
    }
    if (extras.children.has(name)) {
      throw new Failure("conflict", "an actor of that name exists already", {
        meta: { path: `${parent.path}/${name}` },
      });
    }
    if (!parent.accepting) throw new Failure("unavailable", "the supervisor has stopped", { meta: { name } });
    if (this.count >= (this.options.maxActors ?? 2 ** 20)) {
      throw new Failure("overloaded", "the node has as many actors as it may", {
        meta: { actors: this.count },
      });
    }
    const cell = new Cell(this, kind, parent, name, options.key);
    extras.children.set(name, cell);
    this.count++;
    startCell(cell);
    return cell;
  }

  stopCell(cell: Cell, reason: Terminated["reason"], failure?: Failure): Promise<void> {
    return stopCell(cell, reason, failure);
  }

  failed(cell: Cell, failure: Failure): void {
    supervise(cell, failure);
  }

  bury(cell: Cell, message: unknown, reason: DeadReason, failure: Failure | undefined): void {
    this.dropped(cell, reason);
    this.options.deadLetters.add({ path: cell.path, message, reason, at: this.clock.now(), failure });
  }

  dropped(cell: Cell, reason: DeadReason | "withdrawn"): void {
    this.metrics.count("orrery_actor_dropped_total", 1, { kind: cell.kind.name, reason });
  }

  escalated(failure: Failure): void {
    this.options.onFailure(failure);
  }
}

/** A supervisor that takes no messages itself. */
function guardian(name: string, children: Supervision | undefined): AnyKind {
  return {
    name,
    start: () => ({
      receive: () => {
        throw new Failure("refused", "a supervisor takes no messages");
      },
    }),
    ...(children === undefined ? {} : { children }),
  };
}

const inspectCell = (cell: Cell): ActorInspection => ({
  path: cell.path,
  mailbox: (cell.queue?.size ?? 0) + cell.inFlight,
  capacity: cell.kind.mailbox?.capacity ?? 1_024,
  processed: cell.processed,
  restarts: cell.rare?.restarts ?? 0,
  state: cell.state,
});
