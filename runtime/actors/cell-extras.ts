/** What only some actors have: children, watchers, waiting senders, turns under way, a history of failures. */
import { Failure } from "../../protocol/failure.ts";
import type { Logger } from "../observe/logger.ts";
import type { Terminated } from "./actor.ts";
import type { Mailbox, Waiting } from "./overflow.ts";
import { Ring } from "./ring.ts";
import type { RestartWindow } from "./supervision.ts";
import type { Turn } from "./turn.ts";

export class CellExtras<C> {
  readonly turns = new Set<Turn>();
  readonly waiting = new Ring<Waiting>();
  children: Map<string, C> | undefined = undefined;
  watchers: Set<(notice: Terminated) => void> | undefined = undefined;
  /** Failures of its children, which it supervises together. */
  childFailures: RestartWindow | undefined = undefined;
  /** Its own failures, when it answers for itself. */
  ownFailures: RestartWindow | undefined = undefined;
  /** Children are on their own: a failing one never takes the others or its supervisor with it. */
  isolating = false;
  restarts = 0;
  counter = 0;
  log: Logger | undefined = undefined;
  notice: Terminated | undefined = undefined;
  stopped: Promise<void> | undefined = undefined;
  givenBack: Promise<void> = Promise.resolve();
  turnsEnded: (() => void) | undefined = undefined;
  private controller: AbortController | undefined = undefined;

  signal(ended: boolean): AbortSignal {
    this.controller ??= new AbortController();
    if (ended) this.abortSignal();
    return this.controller.signal;
  }

  /** Ends the signal of this start; the next start gets a fresh one. */
  abortSignal(renew = false): void {
    this.controller?.abort(new Failure("cancelled", "the actor has stopped or is being restarted"));
    if (renew) this.controller = undefined;
  }

  /** Lets the sender that waited longest put its message into the room that has just been made. */
  grantRoom(mailbox: Mailbox): void {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (next.grant(mailbox)) return;
    }
  }
}
