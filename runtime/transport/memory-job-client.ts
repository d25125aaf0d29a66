/** The client's half of the work queues: runs handlers, renews what they hold, answers for what they throw. */
import { Failure } from "../../protocol/failure.ts";
import type { Timer } from "../ports/clock.ts";
import { BROKER, type BrokerLink, type MemoryHub } from "./memory-hub.ts";
import type { StoredJob, Taker } from "./memory-queue.ts";
import type { ConsumeOptions, JobConsumer, JobHandler, JobQueues } from "./transport.ts";

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30_000;

/** The work queues and dead letters of a network as one connection reaches them. */
export function remoteJobs(connection: BrokerLink, network: MemoryHub): JobQueues {
  return {
    async enqueue(subject, data, options) {
      network.checkPayload(subject, data);
      return connection.askBroker(() => network.jobs.enqueue(subject, data, options.id));
    },
    async consume(subject, options, handler) {
      const consumer = new MemoryConsumer(connection, network, subject, options, handler);
      await connection.askBroker(() => consumer.register());
      return consumer;
    },
    depth: (subject) => connection.askBroker(() => network.jobs.depth(subject)),
    dead: {
      add: (letter) => connection.askBroker(() => network.dead.add(letter)),
      list: (options) => connection.askBroker(() => network.dead.list(options.limit)),
      get: (id) => connection.askBroker(() => network.dead.get(id)),
      replay: (id) => connection.askBroker(() => network.jobs.replay(id)),
      remove: (id) => connection.askBroker(() => network.dead.remove(id)),
    },
  };
}

interface Held {
  readonly job: StoredJob;
  readonly delivery: number;
}

class MemoryConsumer implements JobConsumer, Taker {
  readonly pattern: string;
  readonly options: ConsumeOptions;
  inFlight = 0;
  readonly #connection: BrokerLink;
  readonly #network: MemoryHub;
  readonly #handler: JobHandler;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Held>();
  readonly #held: Held[] = [];
  #deregister: (() => void) | undefined;
  #renewal: Timer | undefined;
  #draining = false;
  #finished = 0;
  #idle: (() => void) | undefined;

  constructor(
    connection: BrokerLink,
    network: MemoryHub,
    pattern: string,
    options: ConsumeOptions,
    handler: JobHandler,
  ) {
    this.#connection = connection;
    this.#network = network;
    this.pattern = pattern;
    this.options = options;
    this.#handler = handler;
  }

  /** Runs at the broker. */
  register(): void {
    this.#deregister = this.#network.jobs.consume(this);
    // A connection that is gone is seen by the broker: it gets no more jobs, and those it has expire.
    this.#connection.onClose(() => {
      this.#deregister?.();
      this.#renewal?.cancel();
      this.#held.length = 0;
      this.#stopping.abort(stopped());
      this.#idle?.();
    });
  }

  /** Runs at the broker; the job travels to the client. */
  deliver(job: StoredJob, delivery: number): void {
    const { name } = this.#connection;
    this.#network.pass(BROKER, name, () => this.#connection.hear(() => this.#take({ job, delivery })));
  }

  async drain(options: { deadline: number }): Promise<{ finished: number; returned: number }> {
    this.#draining = true;
    const { clock } = this.#connection;
    await this.#connection.askBroker(() => this.#deregister?.());
    const unused = this.#held.splice(0);
    for (const held of unused)
      this.#tell(() => this.#network.jobs.returnUnused(held.job.sequence, held.delivery));
    if (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = clock.after(options.deadline - clock.now(), resolve);
        this.#idle = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    const rest = [...this.#running];
    this.#running.clear();
    this.#stopRenewing();
    this.#stopping.abort(stopped());
    for (const held of rest)
      this.#tell(() => this.#network.jobs.giveBack(held.job.sequence, held.delivery, 0));
    await this.#connection.askBroker(() => undefined);
    return { finished: this.#finished, returned: rest.length + unused.length };
  }

  #take(held: Held): void {
    if (this.#draining) {
      this.#tell(() => this.#network.jobs.returnUnused(held.job.sequence, held.delivery));
    } else if (this.#running.size >= this.options.concurrency) {
      this.#held.push(held);
    } else {
      void this.#run(held);
    }
  }

  async #run(held: Held): Promise<void> {
    const { job, delivery } = held;
    const { jobs } = this.#network;
    this.#running.add(held);
    this.#renewal ??= this.#connection.clock.every(this.options.ackWaitMs / 3, () => this.#renewAll());
    let settle: () => void;
    try {
      await this.#handler(
        {
          subject: job.subject,
          data: job.data,
          id: job.id,
          delivery,
          working: () => this.#renew(held),
        },
        this.#stopping.signal,
      );
      settle = () => jobs.acknowledge(job.sequence);
    } catch (thrown) {
      const failure = Failure.from(thrown);
      settle = failure.retryable
        ? () => jobs.giveBack(job.sequence, delivery, failure.retryAfterMs ?? backoff(delivery))
        : () => jobs.bury(job.sequence, delivery, `${failure.code}: ${failure.message}`.slice(0, 1_000));
    }
    // Given back by a drain meanwhile: somebody else has it now.
    if (!this.#running.delete(held)) return;
    this.#tell(settle);
    if (this.#draining) this.#finished++;
    const next = this.#held.shift();
    if (next !== undefined) void this.#run(next);
    if (this.#running.size > 0) return;
    this.#stopRenewing();
    this.#idle?.();
  }

  #renewAll(): void {
    for (const held of this.#running) this.#renew(held);
    for (const held of this.#held) this.#renew(held);
  }

  #renew(held: Held): void {
    this.#tell(() => this.#network.jobs.renew(held.job.sequence, held.delivery));
  }

  #stopRenewing(): void {
    this.#renewal?.cancel();
    this.#renewal = undefined;
  }

  /** Sends to the broker without waiting; what is lost is repaired by the ack wait. */
  #tell(act: () => void): void {
    if (this.#connection.alive) this.#network.pass(this.#connection.name, BROKER, act);
  }
}

const backoff = (delivery: number): number =>
  Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (delivery - 1));

const stopped = () => new Failure("cancelled", "the consumer stopped");
