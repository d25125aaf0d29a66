/** Asks a server which subjects these credentials may use, without anybody noticing. */
import { errors, headers, type NatsConnection } from "@nats-io/nats-core";

export interface Attempt {
  direction: "publish" | "subscribe";
  subject: string;
}

/** No key of ours: whoever serves the subject has another one. */
const NOBODY = "doctor-probe";

/** A subject that a pattern covers. */
export const probedSubject = (pattern: string): string =>
  pattern
    .split(".")
    .map((token) => (token === "*" || token === ">" ? NOBODY : token))
    .join(".");

/** The attempts that the server refused. Subscriptions end at once; a stream stores nothing of what is published. */
export async function refusedAttempts(nc: NatsConnection, attempts: readonly Attempt[]): Promise<Attempt[]> {
  const refused = new Set<string>();
  const status = nc.status();
  const following = (async () => {
    for await (const event of status) {
      if (event.type !== "error" || !(event.error instanceof errors.PermissionViolationError)) continue;
      refused.add(`${event.error.operation} ${event.error.subject}`);
    }
  })();
  // A stream refuses what is meant for another one, and servers of ours drop what is no envelope.
  const elsewhere = headers();
  elsewhere.set("Nats-Expected-Stream", NOBODY);
  for (const { direction, subject } of attempts) {
    if (direction === "publish") nc.publish(subject, new Uint8Array(), { headers: elsewhere });
    else nc.subscribe(subject, { callback: () => {} }).unsubscribe();
  }
  // Violations that belong to what was sent before have arrived when the answer to a ping has.
  await nc.flush();
  // And have been heard by the listener above when that of a second one has.
  await nc.flush();
  (status as AsyncIterable<unknown> & { stop?: () => void }).stop?.();
  void following;
  const operation = { publish: "publish", subscribe: "subscription" } as const;
  return attempts.filter(({ direction, subject }) => refused.has(`${operation[direction]} ${subject}`));
}
