/** Asking: one message out, one answer back before the deadline. */
import { decodeEnvelope, type Envelope, type Message } from "../../protocol/envelope.ts";
import { Failure, WireFailure } from "../../protocol/failure.ts";
import { FAILURE_SCHEMA } from "../../protocol/schema-names.ts";
import { controlSubject } from "../../protocol/subject.ts";
import { readVersion } from "../../protocol/versions.ts";
import type { CallOptions } from "../services.ts";
import type { Inbound } from "../transport/transport.ts";
import { CallContext } from "./call-context.ts";
import { cancelledCall, checkNotCancelled, deadlineOf, nobodyServes, onCancel } from "./call-options.ts";
import type { Expiring } from "./deadline-wheel.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Awaiting } from "./replies.ts";
import { FAILURE_BYTES, type Wire } from "./wire.ts";

/** Not async: a promise around a promise would cost the hot path three turns of the queue. */
export function ask(
  wire: Wire,
  endpoint: Endpoint,
  subjectOf: (key: string | undefined) => string,
  input: unknown,
  options: CallOptions | undefined,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // What throws here rejects.
    if (options !== undefined) checkNotCancelled(endpoint, options);
    const subject = subjectOf(options?.key);
    const deadline = deadlineOf(wire, endpoint, options);
    const id = wire.nextId();
    const parent = options?.parent;
    // Contexts of others come from outside: what they say is checked.
    const cause = parent instanceof CallContext ? parent.cause : undefined;
    const data = wire.writeCall(endpoint, id, deadline, parent, cause, input);
    new PendingCall(wire, endpoint, subject, id, deadline, resolve, reject).start(data, options);
  });
}

class PendingCall implements Awaiting, Expiring {
  readonly deadline: number;
  replyPlace = "";
  replyNumber = 0;
  readonly #wire: Wire;
  readonly #endpoint: Endpoint;
  readonly #subject: string;
  readonly #id: string;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (failure: Failure) => void;
  #unlisten: (() => void) | undefined;
  #key: string | undefined;

  constructor(
    wire: Wire,
    endpoint: Endpoint,
    subject: string,
    id: string,
    deadline: number,
    resolve: (value: unknown) => void,
    reject: (failure: Failure) => void,
  ) {
    this.#wire = wire;
    this.#endpoint = endpoint;
    this.#subject = subject;
    this.#id = id;
    this.deadline = deadline;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(data: Message, options: CallOptions | undefined): void {
    this.#key = options?.key;
    const reply = this.#wire.replies.open(this, this.#subject);
    this.#wire.wheel.add(this);
    if (options !== undefined) this.#listen(options);
    try {
      this.#wire.transport.publish(this.#subject, data, { reply });
    } catch (thrown) {
      this.#fail(Failure.from(thrown, "unavailable"));
    }
  }

  onReply(message: Inbound): void {
    const data = message.text ?? message.data;
    if (data.length === 0) {
      this.#fail(nobodyServes(this.#endpoint, this.#subject));
      return;
    }
    try {
      const answer = decodeAnswer(this.#endpoint, data);
      // Somebody else's answer, or one to an earlier life of this inbox.
      if (answer.causation !== undefined && answer.causation !== this.#id) return;
      if (answer.type === "err") {
        this.#fail(failureIn(answer));
        return;
      }
      if (answer.type !== "ok") throw unexpected(this.#endpoint, answer);
      const value = this.#endpoint.readOutput(answer);
      this.#settle();
      this.#endpoint.calls.add("ok");
      this.#resolve(value);
    } catch (thrown) {
      this.#fail(Failure.from(thrown, "malformed"));
    }
  }

  onLost(failure: Failure): void {
    this.#fail(failure);
  }

  expire(): void {
    this.#fail(
      new Failure("timeout", `${this.#endpoint.title} did not answer in time`, {
        meta: { subject: this.#subject, deadline: this.deadline },
      }),
    );
  }

  /** Apart from the start: a closure there would be made also for calls that nobody can cancel. */
  #listen(options: CallOptions): void {
    this.#unlisten = onCancel(options, () => this.#cancel(options));
  }

  #cancel(options: CallOptions): void {
    const reason = options.signal?.aborted ? options.signal.reason : options.parent?.signal.reason;
    this.#fail(cancelledCall(this.#endpoint, reason));
    const { service, name } = this.#endpoint;
    this.#wire.send(
      controlSubject(this.#wire.net, service, name, this.#key, this.#id),
      this.#wire.encode("cancel", this.#endpoint, { id: this.#wire.nextId(), seq: 0 }, undefined),
    );
  }

  #fail(failure: Failure): void {
    this.#settle();
    this.#endpoint.calls.add(failure.code);
    this.#reject(failure);
  }

  #settle(): void {
    this.#wire.replies.forget(this);
    this.#wire.wheel.remove(this);
    this.#unlisten?.();
  }
}

/** An answer, its size checked: failures have a bound of their own. */
export function decodeAnswer(endpoint: Endpoint, data: Uint8Array | string): Envelope {
  const answer = decodeEnvelope(data, { maxBytes: Math.max(endpoint.maxBytes, FAILURE_BYTES) });
  if (answer.type !== "err" && answer.version > endpoint.outputVersion) {
    throw new Failure("unknown-version", `${endpoint.title} answered in a version that is not known here`, {
      meta: { current: endpoint.outputVersion, got: answer.version },
      hint: "Upgrade this node.",
    });
  }
  return answer;
}

/** The failure that an `err` message carries, as it was thrown. */
export const failureIn = (answer: Envelope): Failure =>
  Failure.fromWire(readVersion(WireFailure, FAILURE_SCHEMA, answer.version, answer.body()));

export const unexpected = (endpoint: Endpoint, answer: Envelope): Failure =>
  new Failure("malformed", `${endpoint.title} answered with an unexpected message`, {
    meta: { type: answer.type },
  });
