/** What happens to a message that finds the mailbox full, or the actor gone. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../ports/clock.ts";
import type { MailboxPolicy, SendOptions } from "./actor.ts";
import type { DeadReason } from "./dead-letters.ts";
import { deadlineOf } from "./letter.ts";
import type { Ring } from "./ring.ts";

export const DEFAULT_MAILBOX: MailboxPolicy = { capacity: 1_024, overload: "reject" };
/** A sender without a deadline of its own waits no longer than this for room. */
const BLOCK_MS = 30_000;

/** A mailbox, as far as its overload policy needs to know. */
export interface Mailbox {
  readonly path: string;
  readonly kind: { readonly mailbox?: MailboxPolicy };
  readonly system: { readonly clock: Clock };
  readonly accepting: boolean;
  readonly queue: Ring<unknown> | undefined;
  readonly extras: { readonly waiting: Ring<Waiting> };
  enqueue(item: unknown): void;
  /** Ends a message that will never be handled. */
  bury(item: unknown, reason: Unhandled): void;
}

export type Unhandled = Exclude<DeadReason, "failed">;

export function overflow(cell: Mailbox, item: unknown, options: SendOptions | undefined): Promise<void> {
  if (!cell.accepting) return refuse(cell, item, "stopped");
  const { capacity, overload } = cell.kind.mailbox ?? DEFAULT_MAILBOX;
  if (overload === "drop-oldest") {
    cell.bury(cell.queue?.shift(), "dropped-oldest");
    cell.enqueue(item);
    return Promise.resolve();
  }
  // Waiting senders are a queue too, and bounded like the mailbox they wait for.
  if (overload === "reject" || cell.extras.waiting.size >= capacity) return refuse(cell, item, "overloaded");
  return new Waiting(cell, item, options ?? {}).room;
}

function refuse(cell: Mailbox, item: unknown, reason: "stopped" | "overloaded"): Promise<void> {
  const refused = Promise.reject(refusal(cell, reason));
  // Whoever does not await a tell must not die of it: the message is a dead letter, and counted.
  refused.catch(() => {});
  cell.bury(item, reason);
  return refused;
}

/** What a sender is told whose message will not be handled. */
export function refusal(cell: Pick<Mailbox, "path" | "kind">, reason: Unhandled): Failure {
  const meta = { path: cell.path };
  if (reason === "stopped") return new Failure("unavailable", "the actor has stopped", { meta });
  if (reason === "expired") return new Failure("timeout", "the message expired in the mailbox", { meta });
  const { capacity, retryAfterMs = 100 } = cell.kind.mailbox ?? DEFAULT_MAILBOX;
  return new Failure("overloaded", "the mailbox is full", {
    meta: { ...meta, capacity },
    retryAfterMs,
    hint: "Send less at once, or raise the mailbox's capacity.",
  });
}

/** A sender that waits for room under `block`. */
export class Waiting {
  readonly room: Promise<void>;
  grant!: (cell: Mailbox) => boolean;
  refuse!: (failure: Failure) => void;

  constructor(cell: Mailbox, item: unknown, options: SendOptions) {
    const { clock } = cell.system;
    const signals = [options.signal, options.parent?.signal].filter((signal) => signal !== undefined);
    this.room = new Promise((resolve, reject) => {
      let waiting = true;
      const end = (): boolean => {
        if (!waiting) return false;
        waiting = false;
        timer.cancel();
        for (const signal of signals) signal.removeEventListener("abort", onAbort);
        return true;
      };
      const giveUp = (failure: Failure): void => {
        if (end()) reject(failure);
      };
      const onAbort = () => giveUp(new Failure("cancelled", "the sender stopped waiting for room"));
      const deadline = deadlineOf(options, clock.now() + BLOCK_MS);
      const timer = clock.after(deadline - clock.now(), () =>
        giveUp(new Failure("timeout", "the mailbox stayed full", { meta: { path: cell.path } })),
      );
      this.refuse = giveUp;
      this.grant = (owner) => {
        if (!end()) return false;
        owner.enqueue(item);
        resolve();
        return true;
      };
      for (const signal of signals) signal.addEventListener("abort", onAbort, { once: true });
      if (signals.some((signal) => signal.aborted)) onAbort();
    });
    this.room.catch(() => {});
    cell.extras.waiting.push(this);
  }
}
