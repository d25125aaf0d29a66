/** Serving requests and streams of one method: accept, queue, run, answer. */
import { decodeEnvelope, type Envelope } from "../../protocol/envelope.ts";
import { Failure } from "../../protocol/failure.ts";
import { controlSubject, methodSubject } from "../../protocol/subject.ts";
import type { Context } from "../context.ts";
import type { ServeOptions } from "../services.ts";
import type { Inbound, Subscription } from "../transport/transport.ts";
import { CallContext } from "./call-context.ts";
import type { Endpoint, EndpointStats } from "./endpoint.ts";
import { Mailbox } from "./mailbox.ts";
import type { Pulsing } from "./pulse.ts";
import { RemoteAsker } from "./remote-asker.ts";
import { checkAccepted, dropReason, type ServedCall } from "./served-call.ts";
import { StreamProducer } from "./stream-producer.ts";
import type { Wire } from "./wire.ts";

export type AnyHandler = (input: unknown, context: Context) => Promise<unknown> | AsyncIterable<unknown>;

const STOP_CALL = new Set(["cancel"]);

export class CallServer implements Pulsing {
  readonly endpoint: Endpoint;
  readonly #wire: Wire;
  readonly #handler: AnyHandler;
  readonly #key: string | undefined;
  readonly #mailbox: Mailbox<ServedCall>;
  readonly #calls: Subscription;
  readonly #control: Subscription;
  readonly #streams = new Map<string, StreamProducer>();
  readonly #open = new Map<string, ServedCall>();
  /** Of requests that have seen a heartbeat go by. */
  readonly #askers = new Map<ServedCall, RemoteAsker>();
  readonly #stats: () => EndpointStats;
  #requests = 0;
  #errors = 0;
  #processingMs = 0;
  #lastError: string | undefined;
  #finishedWhileDraining = 0;
  #draining = false;

  constructor(wire: Wire, endpoint: Endpoint, handler: AnyHandler, options: ServeOptions) {
    this.#wire = wire;
    this.endpoint = endpoint;
    this.#handler = handler;
    this.#key = endpoint.method.key === undefined ? undefined : options.key;
    this.#mailbox = new Mailbox(
      options,
      (call) => void this.#run(call),
      (call) => this.#refuse(call, overloaded(endpoint)),
    );
    const { service, name } = endpoint;
    const subject = methodSubject(wire.net, service, name, this.#key);
    // One for all streams and requests: a miner may hold few subscriptions, and has as many streams as askers.
    const control = controlSubject(wire.net, service, name, this.#key);
    this.#control = wire.transport.subscribe(control, (message) => this.#onControl(message));
    this.#calls = wire.transport.subscribe(subject, (message) => this.#onCall(message), {
      queue: service.name,
    });
    this.#stats = () => ({
      ...endpoint.labels,
      summary: endpoint.service.summary,
      version: endpoint.version,
      subject,
      requests: this.#requests,
      errors: this.#errors,
      processingMs: this.#processingMs,
      lastError: this.#lastError,
      waiting: this.#mailbox.waiting,
      running: this.#mailbox.running,
    });
    wire.stats.add(this.#stats);
    if (endpoint.method.kind === "request") wire.pulse.add(this);
  }

  /** Looks after those who asked for what takes long. */
  beat(): void {
    for (const call of this.#open.values()) {
      const asker = this.#askers.get(call);
      if (asker !== undefined) asker.beat();
      else if (call.reply !== undefined) {
        this.#askers.set(call, new RemoteAsker(this.#wire, this.endpoint, call, call.reply));
      }
    }
  }

  async drain(options: { deadline: number }): Promise<{ finished: number; returned: number }> {
    this.#draining = true;
    this.#calls.unsubscribe();
    const { clock } = this.#wire;
    await new Promise<void>((resolve) => {
      const timer = clock.after(options.deadline - clock.now(), resolve);
      void this.#mailbox.whenIdle().then(() => {
        timer.cancel();
        resolve();
      });
    });
    const draining = new Failure("draining", "the node is shutting down", { retryAfterMs: 100 });
    for (const call of this.#mailbox.clear()) this.#refuse(call, draining);
    const late = [...this.#open.values()];
    for (const call of late) call.context.stop(draining);
    // Only now: what was still running needed its credit.
    this.#control.unsubscribe();
    this.#wire.pulse.remove(this);
    this.#wire.stats.delete(this.#stats);
    return { finished: this.#finishedWhileDraining, returned: late.length };
  }

  #onCall(message: Inbound): void {
    this.#requests++;
    const { endpoint } = this;
    const wire = this.#wire;
    let envelope: Envelope | undefined;
    try {
      envelope = decodeEnvelope(message.data, { maxBytes: endpoint.maxBytes });
      checkAccepted(endpoint, endpoint.method.kind === "stream" ? "open" : "call", envelope);
    } catch (thrown) {
      const failure = Failure.from(thrown, "malformed");
      endpoint.dropped.add(dropReason(failure));
      this.#failed(failure);
      wire.refuse(endpoint, message.reply, envelope, failure);
      return;
    }
    const now = wire.clock.now();
    if (envelope.deadline !== undefined && envelope.deadline <= now) {
      endpoint.dropped.add("expired");
      return;
    }
    const context = new CallContext(wire, endpoint, envelope, {
      deadline: envelope.deadline ?? now + endpoint.timeoutMs,
      key: this.#key,
    });
    let call: ServedCall = { envelope, context, reply: message.reply };
    if (endpoint.method.kind === "stream") {
      if (message.reply === undefined) {
        endpoint.dropped.add("malformed");
        return;
      }
      const producer = new StreamProducer(wire, endpoint, { envelope, context, reply: message.reply });
      this.#streams.set(producer.id, producer);
      producer.start();
      call = producer;
    }
    this.#open.set(envelope.id, call);
    this.#mailbox.offer(call);
  }

  #onControl(message: Inbound): void {
    const id = message.subject.slice(message.subject.lastIndexOf(".") + 1);
    if (this.endpoint.method.kind === "stream") this.#streams.get(id)?.onControl(message);
    else this.#onCancel(message, id);
  }

  #onCancel(message: Inbound, id: string): void {
    const call = this.#open.get(id);
    if (call === undefined) return;
    try {
      const { type, sender } = decodeEnvelope(message.data, { maxBytes: 0 });
      // Ids are hard to guess, but a control subject is shared by all callers of the method.
      if (!STOP_CALL.has(type) || sender !== call.envelope.sender) return;
    } catch {
      this.endpoint.dropped.add("malformed");
      return;
    }
    call.context.stop(new Failure("cancelled", "the caller cancelled"));
  }

  async #run(call: ServedCall): Promise<void> {
    const { endpoint } = this;
    const wire = this.#wire;
    const { envelope, context, reply } = call;
    if (context.stopped() !== undefined || context.deadline <= wire.clock.now()) {
      this.#forget(call);
      endpoint.dropped.add(context.stopped() === undefined ? "expired" : "cancelled");
      context.end();
      this.#mailbox.done();
      return;
    }
    const start = wire.clock.monotonic();
    try {
      const input = endpoint.readInput(envelope);
      if (call instanceof StreamProducer) {
        await call.produce(this.#handler(input, context) as AsyncIterable<unknown>);
      } else {
        const output = await this.#handler(input, context);
        if (timedOut(context) !== undefined) throw timedOut(context);
        if (reply !== undefined && context.stopped()?.code !== "cancelled") {
          wire.answer(reply, wire.writeOk(endpoint, envelope, output));
        }
      }
      endpoint.served.add("ok");
    } catch (thrown) {
      // However the work ended when its signal aborted: what the caller hears is that its deadline passed.
      const failure = timedOut(context) ?? Failure.from(thrown);
      this.#failed(failure);
      if (failure.code === "defect")
        context.log.error("handler failed", { problem: failure.message, cause: failure });
      wire.refuse(endpoint, reply, envelope, failure);
    }
    const tookMs = wire.clock.monotonic() - start;
    context.end();
    this.#processingMs += tookMs;
    endpoint.tookSeconds(tookMs / 1_000);
    this.#forget(call);
    if (this.#draining) this.#finishedWhileDraining++;
    this.#mailbox.done();
  }

  #refuse(call: ServedCall, failure: Failure): void {
    this.#failed(failure);
    this.#forget(call);
    call.context.end();
    this.#wire.refuse(this.endpoint, call.reply, call.envelope, failure);
  }

  #forget(call: ServedCall): void {
    this.#open.delete(call.envelope.id);
    if (call instanceof StreamProducer) {
      this.#streams.delete(call.id);
      call.close();
    } else if (this.#askers.size > 0) {
      this.#askers.get(call)?.close();
      this.#askers.delete(call);
    }
  }

  #failed(failure: Failure): void {
    this.#errors++;
    this.#lastError = failure.toLine();
  }
}

const timedOut = (context: CallContext): Failure | undefined =>
  context.stopped()?.code === "timeout" ? context.stopped() : undefined;

const overloaded = (endpoint: Endpoint): Failure =>
  new Failure("overloaded", `${endpoint.title} has more calls than it can take`, {
    retryAfterMs: 100,
    hint: "Try again later, or start more nodes that serve it.",
  });
