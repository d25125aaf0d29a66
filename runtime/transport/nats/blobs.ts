/** Blobs in a JetStream object store, named by their digest: durable, replicated, readable with `nats object`. */
import type { ObjectInfo, ObjectStore } from "@nats-io/obj";
import type { BlobRef } from "../../../protocol/blob.ts";
import { Failure } from "../../../protocol/failure.ts";
import {
  blobBytes,
  blobRefOf,
  checkedRef,
  corruptBlob,
  matches,
  missingBlob,
} from "../../ports/blob-limits.ts";
import type { Blobs } from "../../ports/blobs.ts";
import { natsFailure } from "./failures.ts";
import { blobsBucket } from "./names.ts";
import type { NatsTransport } from "./nats-transport.ts";

const CHUNK_BYTES = 128 * 1024;
const PUT_TIMEOUT_MS = 60_000;
/** What was read wrong once may have been cut short on its way: only a second time is it the object's fault. */
const READS_UNTIL_CORRUPT = 2;
/** The parts of a blob age one by one: its last moments are not to be relied on. */
const LAST_MS = 1_000;
const NS_PER_MS = 1_000_000;
/** How the client says so, in the message of a plain Error. */
const CORRUPT = "digests do not match";

/**
 * The operator's blobs on the server that `transport` is connected to. With `keepMs` the server removes each that long
 * after it was put; that holds for a bucket that is made now, not for one that exists already.
 */
export function createJetStreamBlobs(
  transport: NatsTransport,
  { keepMs = Number.POSITIVE_INFINITY }: { keepMs?: number } = {},
): Blobs {
  const { nc, net, replicas, clock, untilLost } = transport.context;
  const ttl = Number.isFinite(keepMs) ? { ttl: keepMs * NS_PER_MS } : {};
  let opened: Promise<ObjectStore> | undefined;
  const open = async (): Promise<ObjectStore> => {
    // Loaded with the first blob: a start does not wait for it.
    const { Objm } = await import("@nats-io/obj");
    return new Objm(nc).create(blobsBucket(net), { replicas, ...ttl });
  };
  const store = (): Promise<ObjectStore> => {
    opened ??= open().catch((error) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const on = async <T>(ref: BlobRef, act: (objects: ObjectStore) => Promise<T>): Promise<T> => {
    try {
      return await act(await store());
    } catch (error) {
      throw natsFailure(error, { sha256: ref.sha256, size: ref.size });
    }
  };
  const find = async (
    objects: ObjectStore,
    ref: BlobRef,
    maxAgeMs = keepMs - LAST_MS,
  ): Promise<ObjectInfo | undefined> => {
    // Asked without a connection the question is lost, and nobody says so for five seconds.
    const info = await untilLost(objects.info(checkedRef(ref).sha256));
    if (info === null || info.deleted || info.size !== ref.size) return undefined;
    return clock.now() - Date.parse(info.mtime) > maxAgeMs ? undefined : info;
  };
  const writing = new Map<string, Promise<unknown>>();

  return {
    async put(data, { mediaType } = {}) {
      const bytes = blobBytes(data);
      const ref = blobRefOf(bytes, mediaType);
      await on(ref, async (objects) => {
        // Two writers of one name would each purge the other's chunks.
        await writing.get(ref.sha256)?.catch(() => {});
        // Whoever puts a blob counts on finding it: what is past half of its time is written anew.
        if ((await find(objects, ref, keepMs / 2)) !== undefined) return;
        const put = objects.putBlob(
          { name: ref.sha256, options: { max_chunk_size: Math.min(CHUNK_BYTES, transport.maxPayload) } },
          bytes,
          { timeout: PUT_TIMEOUT_MS },
        );
        writing.set(ref.sha256, put);
        await put.finally(() => writing.delete(ref.sha256));
      });
      return ref;
    },
    get: (ref, { signal } = {}) =>
      on(ref, async (objects) => {
        if (signal?.aborted)
          throw new Failure("cancelled", "the read was cancelled", { cause: signal.reason });
        if ((await find(objects, ref)) === undefined) throw missingBlob(ref);
        for (let tries = 0; tries < READS_UNTIL_CORRUPT; tries++) {
          const bytes = await untilLost(read(objects, ref, signal));
          if (bytes !== undefined) return bytes;
        }
        await objects.delete(ref.sha256);
        throw corruptBlob(ref);
      }),
    has: (ref) => on(ref, async (objects) => (await find(objects, ref)) !== undefined),
    delete: (ref) =>
      on(ref, async (objects) => {
        if ((await find(objects, ref)) !== undefined) await objects.delete(ref.sha256);
      }),
  };
}

/** The object's bytes; undefined when all of them came and are not those of the reference. */
async function read(
  objects: ObjectStore,
  ref: BlobRef,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const result = await objects.get(ref.sha256);
  if (result === null) throw missingBlob(ref);
  const reader = result.data.getReader();
  const leave = () => void reader.cancel().catch(() => {}); // it may have ended already
  signal?.addEventListener("abort", leave, { once: true });
  const bytes = new Uint8Array(ref.size);
  let offset = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal?.aborted) throw new Failure("cancelled", "the read was cancelled", { cause: signal.reason });
      if (done) break;
      if (offset + value.byteLength > ref.size) return undefined;
      bytes.set(value, offset);
      offset += value.byteLength;
    }
    return matches(ref, bytes.subarray(0, offset)) ? bytes : undefined;
  } catch (error) {
    // All came, and the client found a wrong digest; any other error is the network's and says nothing of the object.
    if (error instanceof Error && error.message.includes(CORRUPT)) return undefined;
    throw error;
  } finally {
    signal?.removeEventListener("abort", leave);
    leave();
  }
}
