/** The isolate back end of a node, ready to run: fetched and compiled on first use, with progress. */
import { join, resolve } from "node:path";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { type BackendName, chooseBackend } from "../../sandbox/choose.ts";
import { fetchSettings } from "../../sandbox/environment.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { createProgress } from "../terminal/progress.ts";

export interface OpenIsolates {
  backend: BackendName;
  /** Where the engine and compiled modules are kept between runs. */
  cache: string;
  /** Path of an engine library, instead of the pinned one. */
  library?: string | undefined;
  /** No progress on standard error. */
  quiet: boolean;
  signal?: AbortSignal;
}

/** Kept apart from a node's data, so that throwing a ledger away does not mean to fetch and compile again. */
export const ISOLATE_CACHE = join(".orrery", "cache");

export async function openIsolates({
  backend,
  cache,
  library,
  quiet,
  signal,
}: OpenIsolates): Promise<IsolateBackend> {
  const clock = createSystemClock();
  const progress = createProgress({ quiet });
  try {
    return await chooseBackend({
      backend,
      clock,
      spawn: createBunSpawn({ clock }),
      cacheDir: resolve(cache),
      root: process.getuid?.() === 0,
      fetch: (url, init) => fetch(url, init),
      ...fetchSettings(process.env),
      ...(library === undefined ? {} : { libraryPath: library }),
      ...(signal === undefined ? {} : { signal }),
      onProgress: (step) => progress.update(step),
    });
  } finally {
    progress.done();
  }
}
