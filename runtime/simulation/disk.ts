/** A node's disk: what outlives its process. It can be full. */
import { Failure } from "../../protocol/failure.ts";
import type { Blobs } from "../ports/blobs.ts";
import { createMemoryBlobs } from "../ports/memory-blobs.ts";
import { createMemoryStore } from "../ports/memory-store.ts";
import type { Store } from "../ports/store.ts";

export class SimulatedDisk {
  full = false;
  readonly #files = new Map<string, Uint8Array>();

  /** The store of one life of the node. */
  store(): Store {
    const store = createMemoryStore(this.#files);
    return {
      ...store,
      put: (key, value) => {
        this.#checkRoom();
        store.put(key, value);
      },
    };
  }

  /** The blobs of one life of the node; a dead one's calls never settle. */
  blobs(shared: Blobs, alive: () => boolean): Blobs {
    const settle = <T>(work: Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        work.then(
          (value) => void (alive() && resolve(value)),
          (failure) => void (alive() && reject(failure)),
        );
      });
    return {
      put: (data, options) => {
        try {
          this.#checkRoom();
        } catch (failure) {
          return Promise.reject(failure);
        }
        return settle(shared.put(data, options));
      },
      get: (ref, options) => settle(shared.get(ref, options)),
      has: (ref) => settle(shared.has(ref)),
      delete: (ref) => settle(shared.delete(ref)),
    };
  }

  #checkRoom(): void {
    if (!this.full) return;
    throw new Failure("storage", "no space left on the simulated disk", { hint: "Free some space." });
  }
}

/** What nodes of one operator share. */
export const sharedBlobs = (): Blobs => createMemoryBlobs();
