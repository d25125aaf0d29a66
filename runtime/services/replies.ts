/** One inbox for all answers that a node waits for, told apart by the last tokens of the subject. */
import { SIBLINGS } from "../../protocol/bundle.ts";
import { Failure } from "../../protocol/failure.ts";
import { endOfNumber, numberIn } from "../../protocol/header-fields.ts";
import { type Inbound, placeOf, type Subscription, type Transport, tokenOf } from "../transport/transport.ts";

/** Whoever awaits an answer. */
export interface Awaiting {
  /** Where, as `Replies.open` notes it: the reply subject without its last token, and that token as a number. */
  replyPlace: string;
  replyNumber: number;
  /** An answer; empty when nobody listens on the subject that was asked. */
  onReply(message: Inbound): void;
  onLost(failure: Failure): void;
}

/** Subjects whose place for replies is remembered; forgotten all at once when there are more. */
const PLACES_LIMIT = 4_096;

export class Replies {
  readonly #transport: Transport;
  /** By number: a text that is made anew for each answer is a slow key. */
  readonly #awaiting = new Map<number, Awaiting>();
  /** Subject that is asked, to what its reply subjects begin with. */
  readonly #places = new Map<string, string>();
  #inbox: string | undefined;
  #subscription: Subscription | undefined;
  #numbers = 0;
  #placesMade = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.onStatus((status) => {
      if (status.type === "closed") this.close();
      if (status.refused !== undefined) this.#refused(status.refused);
    });
  }

  /** The subject on which `awaiting` hears its answers until forgotten; `asked` is where it asks. */
  open(awaiting: Awaiting, asked: string): string {
    if (this.#inbox === undefined) {
      this.#inbox = this.#transport.inbox();
      this.#subscription = this.#transport.subscribe(`${this.#inbox}.*.*`, this.#onReply);
    }
    const place = this.#placeFor(asked);
    const number = ++this.#numbers;
    awaiting.replyPlace = place;
    awaiting.replyNumber = number;
    this.#awaiting.set(number, awaiting);
    return `${place}.${number.toString(36)}`;
  }

  readonly #onReply = (message: Inbound): void => {
    const token = tokenOf(message);
    if (endOfNumber(token, 0) !== token.length) return;
    const awaiting = this.#awaiting.get(numberIn(token, 0, token.length));
    // Whoever serves one subject can answer what was asked there, and nothing else.
    if (awaiting !== undefined && awaiting.replyPlace === placeOf(message)) awaiting.onReply(message);
  };

  /** Answers in one bundle vouch for each other, so only those who serve the same subject may share one. */
  #placeFor(asked: string): string {
    let place = this.#places.get(asked);
    if (place === undefined) {
      if (this.#places.size >= PLACES_LIMIT) this.#places.clear();
      place = `${this.#inbox}.${SIBLINGS}${(++this.#placesMade).toString(36)}`;
      this.#places.set(asked, place);
    }
    return place;
  }

  /**
   * Only here is it certain that nobody got the question. After a lost connection it is not, and an answer given after
   * the reconnect still arrives: those calls go on until their deadlines.
   */
  #refused(subject: string): void {
    const place = this.#places.get(subject);
    if (place === undefined) return;
    const failure = new Failure("unauthorised", "the server let us not ask on this subject", {
      meta: { subject },
      hint: "Check that this node's role may call the method, and the credentials it connected with.",
    });
    for (const awaiting of [...this.#awaiting.values()]) {
      if (awaiting.replyPlace === place) awaiting.onLost(failure);
    }
  }

  forget(awaiting: Awaiting): void {
    this.#awaiting.delete(awaiting.replyNumber);
  }

  close(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    const lost = [...this.#awaiting.values()];
    this.#awaiting.clear();
    this.#inbox = undefined;
    this.#places.clear();
    for (const awaiting of lost) {
      awaiting.onLost(new Failure("unavailable", "the connection closed before the answer came"));
    }
  }
}
