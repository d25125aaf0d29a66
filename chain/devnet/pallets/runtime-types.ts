/** The runtime's own call and event: they contain those of every pallet, so that they are put together last. */
import { late } from "../declare/composites.ts";
import type { RuntimeCall } from "../declare/context.ts";
import type { RuntimeEvent } from "../declare/events.ts";

export const runtimeCall = late<RuntimeCall>();
export const runtimeEvent = late<RuntimeEvent>();
