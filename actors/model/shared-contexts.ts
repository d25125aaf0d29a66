/** Which contexts other actors have read: heard from them, kept for a while, gone on from by the blob of their state. */

import type { SharedSnapshots } from "../../models/scheduler/contexts.ts";
import { PrefixCache } from "../../models/scheduler/prefix-cache.ts";
import type { ModelSnapshot } from "../../protocol/model.ts";
import { Models } from "../../protocol/services/model.ts";
import type { Node } from "../../runtime/node.ts";

const ENTRIES = 4_096;

/** Best effort: what was said before this node came is not known to it. */
export function sharedContexts(node: Node): SharedSnapshots {
  const { kept } = node.client(Models);
  const heard = new PrefixCache<ModelSnapshot>({ entries: ENTRIES, bytes: Number.MAX_SAFE_INTEGER });
  const hearing = kept.subscribe(({ link, snapshot }) => heard.put(link, snapshot, snapshot.blob.size));
  node.onDrain("close", "contexts", async () => hearing.unsubscribe());
  return {
    get: async (link) => heard.longest([link])?.value,
    put: async (link, snapshot) => kept.publish({ link, snapshot }),
  };
}
