/** Keeps `--state FILE` up to date: at the start, so that a place that cannot be written is known at once, then as blocks come. */
import type { DevnetNode } from "../../chain/devnet/node/node.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { writeStateFile } from "./files.ts";

/** What a devnet that is killed loses at most. */
const EVERY_MS = 5_000;

export interface KeptState {
  /** Saves once more, and no more after that. */
  end(): Promise<void>;
}

/** Fails as `writeStateFile` does when the first save does; `onFailure` is told of a later one. */
export async function keepState(options: {
  path: string;
  node: DevnetNode;
  clock: Clock;
  onFailure: (failure: unknown) => void;
}): Promise<KeptState> {
  const { path, node, clock, onFailure } = options;
  let saved: string | undefined;
  let last = Promise.resolve();
  const save = (): Promise<void> => {
    last = last.then(async () => {
      const { hash } = node.head();
      if (hash === saved) return;
      await writeStateFile(path, node.save());
      saved = hash;
    });
    return last;
  };
  await save();
  const timer = clock.every(EVERY_MS, () => void save().catch(onFailure));
  return {
    end() {
      timer.cancel();
      return save();
    },
  };
}
