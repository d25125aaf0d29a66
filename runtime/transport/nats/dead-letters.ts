/** Dead letters in a stream of their own: the whole message, with why and when in its headers. */
import { DiscardPolicy, RetentionPolicy, type StoredMsg } from "@nats-io/jetstream";
import { headers } from "@nats-io/nats-core";
import { Failure } from "../../../protocol/failure.ts";
import type { DeadLetter, DeadLetters } from "../transport.ts";
import { API_TIMEOUT_MS, type NatsContext } from "./context.ts";
import { isMissing, natsFailure } from "./failures.ts";
import { deadStream, deadSubject } from "./names.ts";
import { ensureStream, infoOrUndefined } from "./streams.ts";

/** The oldest letters go when this many are kept. */
const CAPACITY = 10_000;
const READ_AT_ONCE = 32;
const MAX_ID_FOR_REPLAY = 200;

type Enqueue = (subject: string, data: Uint8Array, id: string) => Promise<unknown>;

export function natsDeadLetters(context: NatsContext, enqueue: Enqueue): DeadLetters {
  const stream = deadStream(context.net);
  let ensured: Promise<void> | undefined;
  const ensure = (): Promise<void> => {
    ensured ??= ensureDead(context).catch((error) => {
      ensured = undefined;
      throw error;
    });
    return ensured;
  };
  const guarded = async <T>(id: string, act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw natsFailure(error, { id });
    }
  };
  const find = async (id: string): Promise<StoredMsg | undefined> => {
    const jsm = await context.jsm();
    return missingAsUndefined(jsm.streams.getMessage(stream, { last_by_subj: subjectOf(context, id) }));
  };
  const remove = async (message: StoredMsg | undefined): Promise<void> => {
    if (message === undefined) return;
    const jsm = await context.jsm();
    await missingAsUndefined(jsm.streams.deleteMessage(stream, message.seq, false));
  };

  const dead: DeadLetters = {
    add: (letter) =>
      guarded(letter.id, async () => {
        await ensure();
        const head = headers();
        head.set("Orrery-Id", letter.id);
        head.set("Orrery-Subject", letter.subject);
        head.set("Orrery-Reason", oneLine(letter.reason));
        head.set("Orrery-Deliveries", String(letter.deliveries));
        head.set("Orrery-At", String(context.clock.now()));
        await context.js.publish(subjectOf(context, letter.id), letter.data, {
          headers: head,
          timeout: API_TIMEOUT_MS,
          retries: 3,
        });
      }),
    list: ({ limit }) =>
      guarded("", async () => {
        const jsm = await context.jsm();
        const info = await infoOrUndefined(jsm, stream);
        const letters: DeadLetter[] = [];
        if (info === undefined || info.state.messages === 0) return letters;
        for (let seq = info.state.last_seq; seq >= info.state.first_seq; seq -= READ_AT_ONCE) {
          const seqs = Array.from({ length: READ_AT_ONCE }, (_, index) => seq - index);
          const found = await Promise.all(
            seqs
              .filter((one) => one >= info.state.first_seq)
              .map((one) => missingAsUndefined(jsm.streams.getMessage(stream, { seq: one }))),
          );
          for (const message of found) if (message !== undefined) letters.push(letterOf(message));
          if (letters.length >= limit) break;
        }
        return letters.slice(0, limit);
      }),
    get: (id) =>
      guarded(id, async () => {
        const found = await find(id);
        return found === undefined ? undefined : letterOf(found);
      }),
    replay: (id) =>
      guarded(id, async () => {
        const found = await find(id);
        if (found === undefined) throw new Failure("not-found", "no such dead letter", { meta: { id } });
        const letter = letterOf(found);
        const mark = Buffer.from(context.rng.bytes(6)).toString("hex");
        await enqueue(letter.subject, letter.data, `${letter.id.slice(0, MAX_ID_FOR_REPLAY)}/replay-${mark}`);
        await remove(found);
      }),
    remove: (id) => guarded(id, async () => remove(await find(id))),
  };
  return dead;
}

async function ensureDead(context: NatsContext): Promise<void> {
  await ensureStream(await context.jsm(), {
    name: deadStream(context.net),
    subjects: [deadSubject(context.net, "*")],
    description: "Orrery dead letters",
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_msgs: CAPACITY,
    max_msgs_per_subject: 1, // a letter that comes again replaces the earlier one
    num_replicas: context.replicas,
  });
}

/** An id may hold what a subject may not, so its digest names the letter. */
const subjectOf = (context: NatsContext, id: string): string =>
  deadSubject(context.net, new Bun.CryptoHasher("sha256").update(id).digest("hex").slice(0, 32));

const letterOf = (message: StoredMsg): DeadLetter => ({
  id: message.header.get("Orrery-Id"),
  subject: message.header.get("Orrery-Subject"),
  reason: message.header.get("Orrery-Reason"),
  at: Number(message.header.get("Orrery-At")),
  deliveries: Number(message.header.get("Orrery-Deliveries")),
  data: message.data,
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: a header value is one line of printable text.
const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f]+/g, " ").trim() || "unknown";

async function missingAsUndefined<T>(found: Promise<T | null>): Promise<T | undefined> {
  try {
    return (await found) ?? undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
