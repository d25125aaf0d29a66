/** One inbox for all answers that a node waits for, told apart by the last token of the subject. */
import { Failure } from "../../protocol/failure.ts";
import type { Subscription, Transport } from "../transport/transport.ts";

export interface Awaiting {
  /** An answer; empty when nobody listens on the subject that was asked. */
  onReply(data: Uint8Array): void;
  onLost(failure: Failure): void;
}

export class Replies {
  readonly #transport: Transport;
  readonly #awaiting = new Map<string, Awaiting>();
  #inbox: string | undefined;
  #subscription: Subscription | undefined;
  #tokens = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.onStatus((status) => {
      if (status.type === "closed") this.close();
    });
  }

  /** The subject on which `awaiting` hears its answers until closed. */
  open(awaiting: Awaiting): string {
    let inbox = this.#inbox;
    if (inbox === undefined) {
      inbox = this.#inbox = `${this.#transport.inbox()}.`;
      const start = inbox.length;
      this.#subscription = this.#transport.subscribe(`${inbox}*`, ({ subject, data }) => {
        this.#awaiting.get(subject.slice(start))?.onReply(data);
      });
    }
    const token = (++this.#tokens).toString(36);
    this.#awaiting.set(token, awaiting);
    return inbox + token;
  }

  forget(reply: string): void {
    this.#awaiting.delete(reply.slice(this.#inbox?.length ?? 0));
  }

  close(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    const lost = [...this.#awaiting.values()];
    this.#awaiting.clear();
    this.#inbox = undefined;
    for (const awaiting of lost) {
      awaiting.onLost(new Failure("unavailable", "the connection closed before the answer came"));
    }
  }
}
