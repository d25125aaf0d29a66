/** Small shared state in a JetStream key-value bucket. A revision is a stream sequence: it only ever grows. */
import type { KV, KvEntry } from "@nats-io/kv";
import { Failure } from "../../../protocol/failure.ts";
import type { KeyValue } from "../transport.ts";
import type { NatsContext } from "./context.ts";
import { natsFailure } from "./failures.ts";
import { leasesBucket } from "./names.ts";

const KEY = /^[A-Za-z0-9_=/-]+(\.[A-Za-z0-9_=/-]+)*$/;
const MAX_KEY = 256;
const MAX_VALUE_BYTES = 64 * 1024;

export function natsKeyValue(context: NatsContext): KeyValue {
  let opened: Promise<KV> | undefined;
  const bucket = (): Promise<KV> => {
    opened ??= open(context).catch((error) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const on = async <T>(key: string, act: (kv: KV) => Promise<T>): Promise<T> => {
    checkKey(key);
    try {
      return await context.untilLost(bucket().then(act));
    } catch (error) {
      throw natsFailure(error, { key });
    }
  };
  const live = async (kv: KV, key: string) => entryOf(await kv.get(key));
  return {
    get: (key) => on(key, (kv) => live(kv, key)),
    create: (key, value) => on(key, (kv) => kv.create(key, value)),
    update: (key, value, revision) =>
      on(key, async (kv) => {
        // Sequence 0 would mean "must not exist" to the server.
        if (revision < 1) throw staleRevision(key, revision);
        return kv.update(key, value, revision);
      }),
    delete: (key, revision) =>
      on(key, async (kv) => {
        const found = await live(kv, key);
        if (revision === undefined) return found === undefined ? undefined : kv.delete(key);
        if (found?.revision !== revision) throw staleRevision(key, revision);
        return kv.delete(key, { previousSeq: revision });
      }),
    keys: (prefix) =>
      on("keys", async (kv) => {
        const keys = await Array.fromAsync(await kv.keys());
        return keys.filter((key) => key.startsWith(prefix)).sort();
      }),
    watch(key, listener) {
      let stop = false;
      let end = () => {};
      const run = async (kv: KV) => {
        let seen = await kv.get(key);
        if (stop) return;
        listener(entryOf(seen));
        const changes = await kv.watch({ key });
        end = () => changes.stop();
        if (stop) return end();
        for await (const entry of changes) {
          if (stop) return;
          if (entry.revision <= (seen?.revision ?? 0)) continue; // told already
          seen = entry;
          listener(entryOf(entry));
        }
      };
      checkKey(key);
      bucket()
        .then(run)
        .catch((error) => {
          if (!stop)
            context.tell({ type: "error", detail: `watch of ${key} ended: ${natsFailure(error).message}` });
        });
      return {
        unsubscribe: () => {
          stop = true;
          end();
        },
      };
    },
  };
}

/** Reads go to the leader: a lease read from a lagging replica could look free. */
async function open({ nc, net, replicas }: NatsContext): Promise<KV> {
  // Loaded with the first lease: a start does not wait for it.
  const { Kvm } = await import("@nats-io/kv");
  return new Kvm(nc).create(leasesBucket(net), {
    history: 1,
    replicas,
    allow_direct: false,
    maxValueSize: MAX_VALUE_BYTES,
  });
}

const entryOf = (entry: KvEntry | null) =>
  entry === null || entry.operation !== "PUT" ? undefined : { value: entry.value, revision: entry.revision };

function checkKey(key: string): void {
  if (key.length <= MAX_KEY && KEY.test(key)) return;
  throw new Failure("malformed", `${JSON.stringify(key.slice(0, 80))} is not a key`, {
    hint: "Use letters, digits, '_', '-', '=', '/' in tokens joined by dots.",
  });
}

const staleRevision = (key: string, revision: number) =>
  new Failure("conflict", "the revision is not the latest", { meta: { key, revision } });
