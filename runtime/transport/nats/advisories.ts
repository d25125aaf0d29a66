/**
 * The server says once, to whoever listens, that a job was delivered too often. A stream keeps that word, so that
 * jobs whose workers all died become dead letters even when none of us was connected.
 */
import { AckPolicy, type ConsumerInfo, DiscardPolicy, RetentionPolicy } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import { z } from "zod";
import { Failure } from "../../../protocol/failure.ts";
import type { DeadLetters, JobDelivery } from "../transport.ts";
import type { NatsContext } from "./context.ts";
import { isMissing, natsFailure } from "./failures.ts";
import { NatsJobConsumer } from "./job-consumer.ts";
import { advisoryStream, maxDeliveriesSubject } from "./names.ts";
import { ensureStream } from "./streams.ts";

const DURABLE = "dead-letters";
const OPTIONS = { concurrency: 8, ackWaitMs: 30_000, maxDeliver: 1_000_000 };
const CAPACITY = 100_000;

const Advisory = z.object({
  stream: z.string().max(256),
  stream_seq: z.number().int().positive(),
  deliveries: z.number().int().nonnegative(),
});

/** Keeps the advisories about one job stream. */
export async function ensureAdvisories(context: NatsContext, jobStream: string): Promise<void> {
  await ensureStream(await context.jsm(), {
    name: advisoryStream(context.net),
    subjects: [maxDeliveriesSubject(jobStream)],
    description: "Orrery jobs that the server gave up",
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.Old,
    max_msgs: CAPACITY,
    num_replicas: context.replicas,
  });
}

/** Turns kept advisories into dead letters; all connections share the work. */
export async function serveAdvisories(context: NatsContext, dead: DeadLetters): Promise<NatsJobConsumer> {
  const stream = advisoryStream(context.net);
  const create = async (): Promise<ConsumerInfo> => {
    const jsm = await context.jsm();
    try {
      return await jsm.consumers.add(stream, {
        durable_name: DURABLE,
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(OPTIONS.ackWaitMs),
      });
    } catch (error) {
      throw natsFailure(error, { stream });
    }
  };
  const consumer = new NatsJobConsumer({
    context,
    info: await create(),
    options: OPTIONS,
    handler: (delivery) => bury(context, dead, delivery),
    dead,
    recreate: create,
  });
  consumer.start();
  return consumer;
}

async function bury(context: NatsContext, dead: DeadLetters, delivery: JobDelivery): Promise<void> {
  const parsed = Advisory.safeParse(JSON.parse(new TextDecoder().decode(delivery.data)));
  if (!parsed.success)
    throw new Failure("malformed", "an advisory of another shape", { cause: parsed.error });
  const { stream, stream_seq: seq, deliveries } = parsed.data;
  try {
    const jsm = await context.jsm();
    const job = await jsm.streams.getMessage(stream, { seq });
    if (job === null) return; // acknowledged after all, or buried by another
    await dead.add({
      id: job.header.get("Nats-Msg-Id"),
      subject: job.subject,
      data: job.data,
      deliveries,
      reason: "max-deliveries",
    });
    await jsm.streams.deleteMessage(stream, seq, false);
    context.log.warn("a job was given up after too many deliveries", { subject: job.subject, deliveries });
  } catch (error) {
    if (isMissing(error)) return;
    throw natsFailure(error, { stream, seq });
  }
}
