/** Work queues on JetStream: one stream per service, one durable pull consumer per job subject. */
import { AckPolicy, type ConsumerInfo, DiscardPolicy, RetentionPolicy } from "@nats-io/jetstream";
import { headers, nanos } from "@nats-io/nats-core";
import { Failure } from "../../../protocol/failure.ts";
import type { ConsumeOptions, JobConsumer, JobHandler, JobQueues } from "../transport.ts";
import { ensureAdvisories, serveAdvisories } from "./advisories.ts";
import type { NatsContext } from "./context.ts";
import { natsDeadLetters } from "./dead-letters.ts";
import { apiCode, closedConnection, isMissing, natsFailure } from "./failures.ts";
import { NatsJobConsumer } from "./job-consumer.ts";
import { type JobPlace, jobPlace } from "./names.ts";
import { ensureStream, infoOrUndefined } from "./streams.ts";

const DUPLICATE_WINDOW_MS = 120_000;
const MAX_JOBS = 1_000_000;
/** Jobs that the server hands out of one queue before it waits for acknowledgements. */
const MAX_IN_FLIGHT = 20_000;
/** Room for the message id and what the server adds to a letter. */
const HEADER_ROOM = 4_096;
/** How long an enqueue goes on trying while servers restart or elect a leader, in milliseconds. */
const ENQUEUE_PATIENCE_MS = 15_000;
const ENQUEUE_TRY_MS = 2_000;
const RETRY_MS = 200;
/** Tries in vain after which the stream is looked for: it may be gone, where mostly its leader is. */
const TRIES_UNTIL_LOOK = 4;
/** Subjects whose place is remembered; forgotten all at once when there are more. */
const PLACES_LIMIT = 4_096;
const ID = /^[\x21-\x7e]{1,256}$/;
const CONSUMER_EXISTS = 10148;

export interface NatsJobs extends JobQueues {
  /** Stops every consumer at once; what they hold is redelivered after its ack wait. */
  close(): void;
}

export function natsJobs(context: NatsContext): NatsJobs {
  const consumers = new Set<NatsJobConsumer>();
  const ensured = new Map<string, Promise<void>>();
  let advisories: Promise<NatsJobConsumer> | undefined;

  const ensure = (place: JobPlace): Promise<void> => {
    const method = place.subjects[0]!;
    let done = ensured.get(method);
    if (done === undefined) {
      done = ensurePlace(context, place);
      ensured.set(method, done);
      done.catch(() => ensured.delete(method));
    }
    return done;
  };
  const places = new Map<string, JobPlace>();
  const placeOf = (subject: string): JobPlace => {
    let place = places.get(subject);
    if (place === undefined) {
      if (places.size >= PLACES_LIMIT) places.clear();
      places.set(subject, (place = jobPlace(context.net, subject)));
    }
    return place;
  };

  const store = async (subject: string, data: Uint8Array, id: string): Promise<{ duplicate: boolean }> => {
    const place = placeOf(subject);
    const until = context.clock.monotonic() + ENQUEUE_PATIENCE_MS;
    for (let tries = 1; ; tries++) {
      try {
        await ensure(place);
        return await publish(context, subject, data, id);
      } catch (error) {
        const failure = natsFailure(error, { subject, id });
        const again = failure.code === "unavailable" || failure.code === "timeout";
        if (!again || context.nc.isClosed() || context.clock.monotonic() >= until) throw failure;
        // The same id is stored once, so trying again is safe.
        if (tries % TRIES_UNTIL_LOOK === 0) ensured.delete(place.subjects[0]!);
        await context.clock.sleep(RETRY_MS * (1 + context.rng.next()));
      }
    }
  };

  const jobs: NatsJobs = {
    async enqueue(subject, data, { id }) {
      checkJob(context, subject, data, id);
      return store(subject, data, id);
    },
    async consume(subject, options, handler): Promise<JobConsumer> {
      const place = placeOf(subject);
      await ensure(place);
      // Every connection that takes jobs also turns given-up ones into dead letters.
      advisories ??= serveAdvisories(context, jobs.dead).catch((error) => {
        advisories = undefined; // a leader was being elected: the next consumer tries again
        throw error;
      });
      consumers.add(await advisories);
      const consumer = await startConsumer(context, place, subject, options, handler, jobs);
      consumers.add(consumer);
      return consumer;
    },
    async depth(subject) {
      const place = placeOf(subject);
      try {
        const jsm = await context.jsm();
        const found = await jsm.consumers.info(place.stream, place.durable).catch((error) => {
          if (isMissing(error)) return undefined;
          throw error;
        });
        if (found !== undefined) return { waiting: found.num_pending, inFlight: found.num_ack_pending };
        const stream = await infoOrUndefined(jsm, place.stream, subject);
        const counts = Object.values(stream?.state.subjects ?? {});
        return { waiting: counts.reduce((sum, count) => sum + count, 0), inFlight: 0 };
      } catch (error) {
        throw natsFailure(error, { subject });
      }
    },
    dead: natsDeadLetters(context, (subject, data, id) => jobs.enqueue(subject, data, { id })),
    close() {
      for (const consumer of consumers) consumer.abandon();
    },
  };
  return jobs;
}

function checkJob(context: NatsContext, subject: string, data: Uint8Array, id: string): void {
  if (context.nc.isClosed()) throw closedConnection();
  if (!ID.test(id)) {
    throw new Failure("malformed", "a job id must be 1 to 256 printable characters without blanks", {
      meta: { id: id.slice(0, 80) },
    });
  }
  const limit = context.server().max_payload - HEADER_ROOM;
  if (data.byteLength > limit) {
    throw new Failure("too-large", "the job is larger than the transport carries", {
      meta: { subject: subject.slice(0, 120), bytes: data.byteLength, limit },
      hint: "Send large bodies as blobs.",
    });
  }
}

async function ensurePlace(context: NatsContext, place: JobPlace): Promise<void> {
  const jsm = await context.jsm();
  const stream = ensureStream(jsm, {
    name: place.stream,
    subjects: place.subjects,
    description: "Orrery jobs of one service",
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    max_msgs: MAX_JOBS,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    num_replicas: context.replicas,
    ...(context.features.metadata ? { metadata: { "orrery.net": context.net } } : {}),
  });
  await Promise.all([stream, ensureAdvisories(context, place.stream)]);
}

async function publish(
  context: NatsContext,
  subject: string,
  data: Uint8Array,
  id: string,
): Promise<{ duplicate: boolean }> {
  const head = headers();
  head.set("Nats-Msg-Id", id);
  const answer = await context.requests.ask(subject, data, { timeoutMs: ENQUEUE_TRY_MS, headers: head });
  const ack = JSON.parse(answer.string()) as {
    duplicate?: boolean;
    error?: { code: number; err_code?: number; description: string };
  };
  if (ack.error !== undefined) {
    const { err_code = 0, code, description } = ack.error;
    throw new Failure(apiCode(err_code, code), `NATS: ${description}`, { meta: { subject, id, err_code } });
  }
  return { duplicate: ack.duplicate === true };
}

async function startConsumer(
  context: NatsContext,
  place: JobPlace,
  subject: string,
  options: ConsumeOptions,
  handler: JobHandler,
  jobs: JobQueues,
): Promise<NatsJobConsumer> {
  const limits = { ack_wait: nanos(options.ackWaitMs), max_deliver: options.maxDeliver };
  const create = async (): Promise<ConsumerInfo> => {
    const jsm = await context.jsm();
    try {
      return await jsm.consumers.add(place.stream, {
        durable_name: place.durable,
        filter_subject: subject,
        ack_policy: AckPolicy.Explicit,
        max_ack_pending: MAX_IN_FLIGHT,
        ...limits,
      });
    } catch (error) {
      // Another node has made it with other limits: the latest word counts.
      if ((error as { code?: number }).code !== CONSUMER_EXISTS) throw natsFailure(error, { subject });
      return await jsm.consumers.update(place.stream, place.durable, limits);
    }
  };
  const consumer = new NatsJobConsumer({
    context,
    info: await create(),
    options,
    handler,
    dead: jobs.dead,
    recreate: () => ensurePlace(context, place).then(create),
  });
  consumer.start();
  return consumer;
}
