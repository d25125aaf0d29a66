/** What an actor is, to those who write one and to those who send it messages. */
import type { Failure } from "../../protocol/failure.ts";
import type { Context } from "../context.ts";
import type { Logger } from "../observe/logger.ts";
import type { Supervision } from "./supervision.ts";

/**
 * A kind of actor: how to start one, and the limits all of its kind share.
 *
 *   const counter: ActorKind<number, number> = {
 *     name: "counter",
 *     start: () => {
 *       let sum = 0;
 *       return { receive: (by) => (sum += by) };
 *     },
 *   };
 */
export interface ActorKind<M, R = void> {
  /** Names actors, metrics and log lines: letters, digits, `_` or `-`. */
  readonly name: string;
  /** Called for a new actor and again after each failure: state starts afresh. */
  start(self: Self<M, R>): Actor<M, R> | Promise<Actor<M, R>>;
  /** Default: 1,024 messages, `reject`. */
  readonly mailbox?: MailboxPolicy;
  /** Turns at once. Default 1: a turn sees no other turn's half-done work. */
  readonly concurrency?: number;
  /** Longest turn, or start, in milliseconds; a turn's signal aborts then. Default 60 s. */
  readonly turnMs?: number;
  /** How long a turn may take to heed its signal before the actor counts as failed. Default 5 s. */
  readonly patienceMs?: number;
  /** How this actor supervises the children it spawns. */
  readonly children?: Supervision;
}

export interface Actor<M, R = void> {
  /**
   * One turn. A `Failure` thrown in answer to an ask is the answer; whatever else is thrown is a fault, and the
   * supervisor decides what becomes of the actor.
   */
  receive(message: M, context: Context): R | Promise<R>;
  /** Gives back what the actor holds. Called once per start, also before a restart. */
  stop?(reason: StopReason): void | Promise<void>;
}

export interface MailboxPolicy {
  readonly capacity: number;
  /** What happens to a message that finds it full. */
  readonly overload: Overload;
  /** Told to a rejected sender. Default 100. */
  readonly retryAfterMs?: number;
}

/**
 * `reject`: the sender gets `overloaded`. `drop-oldest`: the longest waiting message becomes a dead letter.
 * `block`: the sender waits for room, until its deadline or signal.
 */
export type Overload = "reject" | "drop-oldest" | "block";

export type StopReason = "stopped" | "evicted" | "failed" | "restarting";

export interface SendOptions {
  /** Absolute, milliseconds since the Unix epoch. A message found in the mailbox later is dropped and counted. */
  deadline?: number;
  /** Gives up waiting: for room in a full mailbox, or for the answer, whose turn is then cancelled too. */
  signal?: AbortSignal;
  /** The work that sends this: its deadline, trace and correlation are inherited; by an ask, its signal too. */
  parent?: Context;
}

export interface ActorRef<M, R = void> {
  readonly path: string;
  /**
   * Resolves when the message is in the mailbox. Rejects with `overloaded`, `unavailable` (stopped), `timeout` or
   * `cancelled` (waiting for room); not awaiting it is safe, since whatever is refused also becomes a dead letter.
   */
  tell(message: M, options?: SendOptions): Promise<void>;
  /** The actor's answer. Default deadline: 30 s from now. */
  ask(message: M, options?: SendOptions): Promise<R>;
}

/** What an actor knows of itself. */
export interface Self<M, R = void> {
  readonly path: string;
  /** Key of a virtual actor. */
  readonly key: string | undefined;
  readonly ref: ActorRef<M, R>;
  /** Aborts when this start of the actor ends: stopped, failed or restarting. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Starts a child, supervised by this actor and stopped with it. */
  spawn<CM, CR>(kind: ActorKind<CM, CR>, options?: SpawnActorOptions): ActorRef<CM, CR>;
  /** Sends this actor a message when the other has stopped for good; at once when it already has. */
  watch(other: ActorRef<never, unknown>, toMessage: (notice: Terminated) => M): Watch;
  /** Ends this actor; turns under way are asked by their signal to stop. */
  stop(): void;
}

export interface SpawnActorOptions {
  /** Unique among siblings; counted up from the kind's name when omitted. */
  name?: string;
}

export interface Terminated {
  readonly path: string;
  readonly reason: Exclude<StopReason, "restarting">;
  readonly failure: Failure | undefined;
}

export interface Watch {
  cancel(): void;
}
