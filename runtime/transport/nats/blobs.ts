/** Blobs in a JetStream object store, named by their digest: durable, replicated, readable with `nats object`. */
import { type ObjectInfo, type ObjectStore, Objm } from "@nats-io/obj";
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

/** The operator's blobs on the server that `transport` is connected to. */
export function createJetStreamBlobs(transport: NatsTransport): Blobs {
  const { nc, net, replicas } = transport.context;
  let opened: Promise<ObjectStore> | undefined;
  const store = (): Promise<ObjectStore> => {
    opened ??= new Objm(nc).create(blobsBucket(net), { replicas }).catch((error) => {
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
  const find = async (objects: ObjectStore, ref: BlobRef): Promise<ObjectInfo | undefined> => {
    const info = await objects.info(checkedRef(ref).sha256);
    return info === null || info.deleted || info.size !== ref.size ? undefined : info;
  };
  const writing = new Map<string, Promise<unknown>>();

  return {
    async put(data, { mediaType } = {}) {
      const bytes = blobBytes(data);
      const ref = blobRefOf(bytes, mediaType);
      await on(ref, async (objects) => {
        // Two writers of one name would each purge the other's chunks.
        await writing.get(ref.sha256)?.catch(() => {});
        if ((await find(objects, ref)) !== undefined) return;
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
        const info = await find(objects, ref);
        if (info === undefined) throw missingBlob(ref);
        const bytes = await read(objects, ref, signal);
        if (bytes !== undefined && matches(ref, bytes)) return bytes;
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

/** The object's bytes; undefined when its own digest or its chunks do not add up. */
async function read(
  objects: ObjectStore,
  ref: BlobRef,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const result = await objects.get(ref.sha256);
  if (result === null) return undefined;
  const bytes = new Uint8Array(ref.size);
  let offset = 0;
  const failed = result.error.then((error) => error instanceof Error);
  try {
    for await (const chunk of result.data) {
      if (signal?.aborted) throw new Failure("cancelled", "the read was cancelled", { cause: signal.reason });
      if (offset + chunk.byteLength > ref.size) return undefined;
      bytes.set(chunk, offset);
      offset += chunk.byteLength;
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    return undefined; // the client found a wrong digest
  }
  return (await failed) || offset !== ref.size ? undefined : bytes;
}
