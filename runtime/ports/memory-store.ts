/** A store in memory. Hand the same `disk` to a later handle and it finds what was written: a simulated restart. */

import type { Store } from "./store.ts";
import { checkedKey, checkedValue, closedStore } from "./store-limits.ts";

export function createMemoryStore(disk = new Map<string, Uint8Array>()): Store {
  let closed = false;
  const open = (): Map<string, Uint8Array> => {
    if (closed) throw closedStore();
    return disk;
  };
  return {
    get: (key) => open().get(checkedKey(key))?.slice(),
    put: (key, value) => void open().set(checkedKey(key), checkedValue(key, value).slice()),
    delete: (key) => void open().delete(checkedKey(key)),
    list: (prefix, limit) =>
      [...open().keys()]
        .filter((key) => key.startsWith(prefix))
        .sort()
        .slice(0, limit),
    close: () => {
      closed = true;
    },
  };
}
