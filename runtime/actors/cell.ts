/**
 * One actor as the runtime sees it: mailbox, turns and lifecycle. An idle cell is this one object; everything that
 * only busy actors need (queue, children, watchers) hangs off it and is made on first use.
 */
import { Failure } from "../../protocol/failure.ts";
import type { Logger } from "../observe/logger.ts";
import type {
  Actor,
  ActorKind,
  ActorRef,
  Self,
  SendOptions,
  SpawnActorOptions,
  Terminated,
  Watch,
} from "./actor.ts";
import { CellExtras } from "./cell-extras.ts";
import type { Runnable } from "./dispatcher.ts";
import type { AnyKind, Host } from "./host.ts";
import { deadlineOf, Letter, Question } from "./letter.ts";
import { DEFAULT_MAILBOX, type Mailbox, overflow, refusal, type Unhandled } from "./overflow.ts";
import { Ring } from "./ring.ts";
import { Turn, type TurnOwner } from "./turn.ts";

const ASK_MS = 30_000;
const TURN_MS = 60_000;
const PATIENCE_MS = 5_000;
const ACCEPTED: Promise<void> = Promise.resolve();

export type CellState = "starting" | "running" | "suspended" | "stopping" | "stopped";

export class Cell
  implements Runnable, TurnOwner, Mailbox, ActorRef<unknown, unknown>, Self<unknown, unknown>
{
  readonly system: Host<Cell>;
  readonly kind: AnyKind;
  readonly parent: Cell | undefined;
  readonly name: string;
  readonly key: string | undefined;
  state: CellState = "starting";
  actor: Actor<unknown, unknown> | undefined = undefined;
  queue: Ring<unknown> | undefined = undefined;
  generation = 0;
  inFlight = 0;
  processed = 0;
  /** For eviction: turns taken by the last sweep, and sweeps since that saw no more. */
  seen = 0;
  idleSweeps = 0;
  private scheduled = false;
  private more: CellExtras<Cell> | undefined = undefined;

  constructor(system: Host<Cell>, kind: AnyKind, parent: Cell | undefined, name: string, key?: string) {
    this.system = system;
    this.kind = kind;
    this.parent = parent;
    this.name = name;
    this.key = key;
  }

  get extras(): CellExtras<Cell> {
    return (this.more ??= new CellExtras<Cell>());
  }

  /** Undefined while nothing out of the ordinary has happened to it. */
  get rare(): CellExtras<Cell> | undefined {
    return this.more;
  }

  get path(): string {
    return this.parent === undefined ? "" : `${this.parent.path}/${this.name}`;
  }

  get ref(): ActorRef<unknown, unknown> {
    return this;
  }

  get signal(): AbortSignal {
    return this.extras.signal(!this.accepting);
  }

  get log(): Logger {
    return (this.extras.log ??= this.system.log.child({ actor: this.path }));
  }

  get turnMs(): number {
    return this.kind.turnMs ?? TURN_MS;
  }

  get patienceMs(): number {
    return this.kind.patienceMs ?? PATIENCE_MS;
  }

  tell(message: unknown, options?: SendOptions): Promise<void> {
    const letter =
      options === undefined ? message : new Letter(message, deadlineOf(options, Infinity), options.parent);
    return this.accept(letter, options);
  }

  ask(message: unknown, options: SendOptions = {}): Promise<unknown> {
    const { clock } = this.system;
    const deadline = deadlineOf(options, clock.now() + ASK_MS);
    const signals = [options.signal, options.parent?.signal].filter((signal) => signal !== undefined);
    const question = new Question(this.path, deadline, signals, clock);
    this.accept(new Letter(message, deadline, options.parent, question), options).catch((failure: unknown) =>
      question.fail(Failure.from(failure)),
    );
    return question.answer;
  }

  spawn<M, R>(kind: ActorKind<M, R>, options: SpawnActorOptions = {}): ActorRef<M, R> {
    return this.system.start(kind as AnyKind, this, options) as ActorRef<M, R>;
  }

  watch(other: ActorRef<never, unknown>, toMessage: (notice: Terminated) => unknown): Watch {
    return this.system.watch(other, (notice) => this.enqueue(toMessage(notice)));
  }

  stop(): void {
    void this.system.stopCell(this, "stopped");
  }

  private accept(item: unknown, options: SendOptions | undefined): Promise<void> {
    const capacity = (this.kind.mailbox ?? DEFAULT_MAILBOX).capacity;
    if ((this.queue === undefined || this.queue.size < capacity) && this.accepting) {
      this.enqueue(item);
      return ACCEPTED;
    }
    return overflow(this, item, options);
  }

  get accepting(): boolean {
    return this.state !== "stopped" && this.state !== "stopping";
  }

  /** Puts an item at the end of the mailbox, whatever its size: for notices of the runtime and for granted room. */
  enqueue(item: unknown): void {
    if (!this.accepting) return;
    (this.queue ??= new Ring()).push(item);
    this.wake();
  }

  /** Asks for turns, when there is mail and a turn may begin. */
  wake(): void {
    if (this.scheduled || this.state !== "running" || this.queue === undefined || this.queue.size === 0)
      return;
    if (this.inFlight >= (this.kind.concurrency ?? 1)) return;
    this.scheduled = true;
    this.system.dispatcher.schedule(this);
  }

  run(turns: number): number {
    this.scheduled = false;
    const limit = this.kind.concurrency ?? 1;
    let taken = 0;
    while (taken < turns && this.state === "running" && this.inFlight < limit) {
      const queue = this.queue;
      if (queue === undefined || queue.size === 0) break;
      const item = queue.shift();
      if (this.more !== undefined && this.more.waiting.size > 0) this.more.grantRoom(this);
      taken++;
      if (item instanceof Letter) this.open(item);
      else this.take(item, undefined, this.system.clock.now() + this.turnMs);
    }
    this.wake();
    return taken;
  }

  private open(letter: Letter): void {
    const now = this.system.clock.now();
    if (letter.question?.settled) {
      this.system.dropped(this, "withdrawn");
      return;
    }
    if (letter.deadline <= now) {
      this.bury(letter, "expired");
      return;
    }
    this.take(letter.message, letter, Math.min(letter.deadline, now + this.turnMs));
  }

  private take(message: unknown, letter: Letter | undefined, deadline: number): void {
    this.processed++;
    const turn = new Turn(this, letter, deadline);
    let result: unknown;
    try {
      result = this.actor!.receive(message, turn);
    } catch (thrown) {
      this.turnFailed(turn, message, thrown);
      return;
    }
    if (!isThenable(result)) {
      letter?.question?.fulfil(result);
      return;
    }
    this.inFlight++;
    this.system.busy++;
    this.extras.turns.add(turn);
    turn.follow();
    result.then(
      (value) => {
        this.turnEnded(turn);
        letter?.question?.fulfil(value);
        this.wake();
      },
      (thrown: unknown) => {
        this.turnEnded(turn);
        this.turnFailed(turn, message, thrown);
        this.wake();
      },
    );
  }

  /** Forgets a turn that was under way; true the first time only. */
  private turnEnded(turn: Turn): boolean {
    if (!this.extras.turns.delete(turn)) return false;
    turn.end();
    this.inFlight--;
    this.system.busy--;
    if (this.inFlight === 0) this.extras.turnsEnded?.();
    return true;
  }

  private turnFailed(turn: Turn, message: unknown, thrown: unknown): void {
    const question = turn.letter?.question;
    const failure = Failure.from(thrown);
    question?.fail(failure);
    if (turn.generation !== this.generation || !this.accepting) return;
    // An answer, not a fault: the caller asked for something it cannot have.
    if (question !== undefined && thrown instanceof Failure && failure.code !== "defect") return;
    if (question === undefined) this.system.bury(this, message, "failed", failure);
    this.system.failed(this, failure);
  }

  /** The turn did not heed its signal: the actor starts afresh and the turn, should it ever end, is ignored. */
  turnOverran(turn: Turn): void {
    const failure = new Failure("timeout", "the turn did not stop when its signal aborted", {
      meta: { path: this.path, patienceMs: this.patienceMs },
    });
    if (!this.turnEnded(turn)) return;
    turn.letter?.question?.fail(failure);
    if (turn.generation === this.generation && this.accepting) this.system.failed(this, failure);
  }

  /** Aborts the turns under way, which keep no say in what becomes of the actor, and answers for them. */
  abandonTurns(failure: Failure): void {
    for (const turn of this.more?.turns ?? []) {
      turn.abort(failure);
      turn.letter?.question?.fail(failure);
      this.turnEnded(turn);
    }
  }

  /** Ends a letter that will never be opened. */
  bury(item: unknown, reason: Unhandled): void {
    if (item instanceof Letter && item.question !== undefined) {
      item.question.fail(refusal(this, reason));
      this.system.dropped(this, reason);
      return;
    }
    this.system.bury(this, item instanceof Letter ? item.message : item, reason, undefined);
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
