/**
 * Takes jobs from one durable consumer: asks for exactly as many as it has hands free, says that it works on
 * them at a third of the ack wait, and answers for what the handler throws.
 */
import type { Consumer, ConsumerInfo, ConsumerMessages, JsMsg } from "@nats-io/jetstream";
import { Failure } from "../../../protocol/failure.ts";
import type { Timer } from "../../ports/clock.ts";
import type { ConsumeOptions, DeadLetters, JobConsumer, JobDelivery, JobHandler } from "../transport.ts";
import type { NatsContext } from "./context.ts";
import { isMissing, natsFailure } from "./failures.ts";

export interface NatsJobConsumerOptions {
  context: NatsContext;
  /** The consumer as the server has made or found it. */
  info: ConsumerInfo;
  options: ConsumeOptions;
  handler: JobHandler;
  dead: DeadLetters;
  /** Makes stream and consumer again when an operator has removed them. */
  recreate(): Promise<unknown>;
}

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30_000;
const PULL_EXPIRES_MS = 30_000;
/** Two missed heartbeats mean that the pull is lost, e.g. with its leader. */
const PULL_HEARTBEAT_MS = 1_000;
const RETRY_MS = 250;
const MAX_REASON = 1_000;

export class NatsJobConsumer implements JobConsumer {
  readonly #with: NatsJobConsumerOptions;
  readonly #stopping = new AbortController();
  readonly #held = new Set<JsMsg>();
  readonly #waiting: JsMsg[] = [];
  readonly #done: JsMsg[] = [];
  readonly #pulls = new Set<ConsumerMessages>();
  readonly #consumer: Consumer;
  readonly #stream: string;
  readonly #durable: string;
  #heartbeat: Timer | undefined;
  #running = 0;
  #asked = 0;
  #finished = 0;
  #draining = false;
  #idle: (() => void) | undefined;

  constructor(options: NatsJobConsumerOptions) {
    this.#with = options;
    const { context, info } = options;
    this.#stream = info.stream_name;
    this.#durable = info.name;
    this.#consumer = context.js.consumers.getConsumerFromInfo(info);
  }

  start(): void {
    this.#fill();
  }

  async drain({ deadline }: { deadline: number }): Promise<{ finished: number; returned: number }> {
    const { clock, nc } = this.#with.context;
    this.#draining = true;
    const unused = this.#waiting.splice(0);
    for (const message of unused) this.#giveBack(message);
    this.#closePulls();
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        const timer = clock.after(deadline - clock.now(), resolve);
        this.#idle = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    const rest = [...this.#held];
    for (const message of rest) this.#giveBack(message);
    this.#sendDone();
    this.#stop();
    if (!nc.isClosed()) await nc.flush().catch(() => {}); // acknowledgements that do not arrive are repeated by the server
    return { finished: this.#finished, returned: rest.length + unused.length };
  }

  /** Stops without a word to the server. */
  abandon(): void {
    this.#draining = true;
    this.#held.clear();
    this.#waiting.length = 0;
    this.#closePulls();
    this.#stop();
  }

  /** Asks for jobs while hands are free; many small questions are worth one when enough are asked for already. */
  #fill(): void {
    const { concurrency } = this.#with.options;
    const free = concurrency - this.#running - this.#waiting.length - this.#asked;
    if (this.#draining || free <= 0 || (this.#asked > 0 && free * 2 < concurrency)) return;
    this.#asked += free;
    void this.#pull(free);
  }

  async #pull(count: number): Promise<void> {
    const { context } = this.#with;
    let left = count;
    let pull: ConsumerMessages | undefined;
    let failed: unknown;
    try {
      pull = await this.#consumer.fetch({
        max_messages: count,
        expires: PULL_EXPIRES_MS,
        idle_heartbeat: PULL_HEARTBEAT_MS,
        bind: true,
      });
      this.#pulls.add(pull);
      if (this.#draining) pull.stop();
      for await (const message of pull) {
        if (left > 0) {
          left--;
          this.#asked--;
        }
        this.#take(message);
      }
    } catch (error) {
      failed = error;
    }
    if (pull !== undefined) this.#pulls.delete(pull);
    this.#asked -= left;
    if (failed !== undefined && !this.#draining) {
      context.log.warn("a pull for jobs ended early", {
        ...this.#meta(),
        reason: natsFailure(failed).message,
      });
      await this.#recover();
    }
    this.#fill();
  }

  async #recover(): Promise<void> {
    const { context } = this.#with;
    await context.clock.sleep(RETRY_MS * (1 + context.rng.next()));
    if (this.#draining || context.nc.isClosed()) return;
    try {
      const jsm = await context.jsm();
      await jsm.consumers.info(this.#stream, this.#durable);
    } catch (error) {
      if (!isMissing(error)) return; // the server is away: the next pull says the same
      await this.#with.recreate().catch((reason) => {
        context.log.error("a job queue is gone and could not be made again", {
          ...this.#meta(),
          reason: natsFailure(reason).message,
        });
      });
    }
  }

  #meta = () => ({ stream: this.#stream, durable: this.#durable });

  #take(message: JsMsg): void {
    if (this.#draining) {
      this.#giveBack(message);
      return;
    }
    const { context, options } = this.#with;
    this.#held.add(message);
    this.#heartbeat ??= context.clock.every(Math.max(1, options.ackWaitMs / 3), () => {
      for (const held of this.#held) held.working();
    });
    // After a reconnect the server may have heard two pulls where we meant one.
    if (this.#running >= options.concurrency) this.#waiting.push(message);
    else void this.#run(message);
  }

  async #run(message: JsMsg): Promise<void> {
    this.#running++;
    const delivery = message.info.deliveryCount;
    let settle: () => void | Promise<void>;
    try {
      await this.#with.handler(new NatsDelivery(message, delivery), this.#stopping.signal);
      settle = () => this.#acknowledge(message);
    } catch (thrown) {
      settle = () => this.#fail(message, delivery, Failure.from(thrown));
    }
    this.#running--;
    // Given back by a drain meanwhile: somebody else has it now.
    if (!this.#held.has(message)) return;
    await settle();
    this.#held.delete(message);
    if (this.#draining) this.#finished++;
    const next = this.#waiting.shift();
    if (next !== undefined) void this.#run(next);
    else this.#fill();
    if (this.#running > 0) return;
    this.#heartbeat?.cancel();
    this.#heartbeat = undefined;
    this.#idle?.();
  }

  /** Acknowledgements of one turn of the event loop leave in one write: each alone would cost a system call. */
  #acknowledge(message: JsMsg): void {
    this.#done.push(message);
    if (this.#done.length > 1) return;
    this.#with.context.clock.after(0, () => this.#sendDone());
  }

  #sendDone(): void {
    for (const message of this.#done.splice(0)) message.ack();
  }

  async #fail(message: JsMsg, delivery: number, failure: Failure): Promise<void> {
    const { context, options, dead } = this.#with;
    const exhausted = failure.retryable && delivery >= options.maxDeliver;
    if (failure.retryable && !exhausted) {
      return message.nak(failure.retryAfterMs ?? backoff(delivery, context.rng.next()));
    }
    const reason = exhausted ? "max-deliveries" : `${failure.code}: ${failure.message}`;
    try {
      await dead.add({
        id: idOf(message),
        subject: message.subject,
        data: message.data,
        deliveries: delivery,
        reason: reason.slice(0, MAX_REASON),
      });
      message.term();
    } catch (error) {
      // Without its letter the job must not end: the server gives it out again, or tells us that it gave up.
      context.log.error("a dead letter could not be stored", { reason: natsFailure(error).message });
      message.nak(LONGEST_BACKOFF_MS);
    }
  }

  #giveBack(message: JsMsg): void {
    this.#held.delete(message);
    if (!this.#with.context.nc.isClosed()) message.nak();
  }

  #closePulls(): void {
    for (const pull of this.#pulls) pull.stop();
  }

  #stop(): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = undefined;
    this.#stopping.abort(new Failure("cancelled", "the consumer stopped"));
    this.#idle?.();
  }
}

/** Headers are parsed when the id is asked for. */
class NatsDelivery implements JobDelivery {
  readonly delivery: number;
  readonly #message: JsMsg;

  constructor(message: JsMsg, delivery: number) {
    this.#message = message;
    this.delivery = delivery;
  }

  get subject(): string {
    return this.#message.subject;
  }

  get data(): Uint8Array {
    return this.#message.data;
  }

  get id(): string {
    return idOf(this.#message);
  }

  working(): void {
    this.#message.working();
  }
}

const idOf = (message: JsMsg): string => message.headers?.get("Nats-Msg-Id") ?? "";

/** Doubles from 250 ms to 30 s, less up to a fifth, so that jobs that failed together do not return together. */
const backoff = (delivery: number, chance: number): number =>
  Math.round(Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (delivery - 1)) * (1 - chance / 5));
