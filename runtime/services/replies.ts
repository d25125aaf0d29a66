/** One inbox for all answers that a node waits for, told apart by the last tokens of the subject. */
import { SIBLINGS } from "../../protocol/bundle.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Inbound, Subscription, Transport } from "../transport/transport.ts";

export interface Awaiting {
  /** An answer; empty when nobody listens on the subject that was asked. */
  onReply(message: Inbound): void;
  onLost(failure: Failure): void;
}

/** Subjects whose group is remembered; forgotten all at once when there are more. */
const GROUPS_LIMIT = 4_096;

export class Replies {
  readonly #transport: Transport;
  /** By the whole reply subject, as it arrives. */
  readonly #awaiting = new Map<string, Awaiting>();
  /** Subject that is asked, to what its reply subjects begin with. */
  readonly #groups = new Map<string, string>();
  #inbox: string | undefined;
  #subscription: Subscription | undefined;
  #tokens = 0;
  #groupsMade = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.onStatus((status) => {
      if (status.type === "closed") this.close();
      if (status.refused !== undefined) this.#refused(status.refused);
    });
  }

  /** The subject on which `awaiting` hears its answers until closed; `asked` is where it asks. */
  open(awaiting: Awaiting, asked: string): string {
    let inbox = this.#inbox;
    if (inbox === undefined) {
      inbox = this.#inbox = `${this.#transport.inbox()}.`;
      this.#subscription = this.#transport.subscribe(`${inbox}*.*`, (message) => {
        this.#awaiting.get(message.subject)?.onReply(message);
      });
    }
    const reply = `${this.#groupOf(asked)}${(++this.#tokens).toString(36)}`;
    this.#awaiting.set(reply, awaiting);
    return reply;
  }

  /** Answers in one bundle vouch for each other, so only those who serve the same subject may share one. */
  #groupOf(asked: string): string {
    let group = this.#groups.get(asked);
    if (group === undefined) {
      if (this.#groups.size >= GROUPS_LIMIT) this.#groups.clear();
      group = `${this.#inbox}${SIBLINGS}${(++this.#groupsMade).toString(36)}.`;
      this.#groups.set(asked, group);
    }
    return group;
  }

  /**
   * Only here is it certain that nobody got the question. After a lost connection it is not, and an answer given after
   * the reconnect still arrives: those calls go on until their deadlines.
   */
  #refused(subject: string): void {
    const group = this.#groups.get(subject);
    if (group === undefined) return;
    const failure = new Failure("unauthorised", "the server let us not ask on this subject", {
      meta: { subject },
      hint: "Check that this node's role may call the method, and the credentials it connected with.",
    });
    for (const [reply, awaiting] of [...this.#awaiting]) {
      if (reply.startsWith(group)) awaiting.onLost(failure);
    }
  }

  forget(reply: string): void {
    this.#awaiting.delete(reply);
  }

  close(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    const lost = [...this.#awaiting.values()];
    this.#awaiting.clear();
    this.#inbox = undefined;
    this.#groups.clear();
    for (const awaiting of lost) {
      awaiting.onLost(new Failure("unavailable", "the connection closed before the answer came"));
    }
  }
}
