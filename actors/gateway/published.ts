/** The snapshot as text, made once for all who read it between two changes. */
import type { Snapshot } from "../../protocol/views.ts";
import type { Clock } from "../../runtime/ports/index.ts";
import type { Changes } from "./changes.ts";

/** Without a change the snapshot still ages: nodes fall silent, its time stands still. */
const FRESH_MS = 5_000;

export interface Published {
  snapshot(): Snapshot;
  /** The same as JSON. */
  text(): string;
}

export function publish(options: {
  model: { snapshot(): Snapshot };
  changes: Pick<Changes, "version">;
  clock: Pick<Clock, "now">;
}): Published {
  const { model, changes, clock } = options;
  let kept: { version: number; at: number; snapshot: Snapshot; text: string | undefined } | undefined;
  const current = () => {
    const { version } = changes;
    if (kept === undefined || kept.version !== version || clock.now() - kept.at > FRESH_MS) {
      kept = { version, at: clock.now(), snapshot: model.snapshot(), text: undefined };
    }
    return kept;
  };
  return {
    snapshot: () => current().snapshot,
    text: () => {
      const now = current();
      now.text ??= JSON.stringify(now.snapshot);
      return now.text;
    },
  };
}
