/** The isolate back end of a node, ready to run: fetched and compiled on first use, with progress. */
import { join, resolve } from "node:path";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { fetchSettings } from "../../runtime/wheels/settings.ts";
import { chooseBackend } from "../../sandbox/choose.ts";
import type { DockerOptions } from "../../sandbox/docker/backend.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { createProgress } from "../terminal/progress.ts";
import type { IsolateOptions } from "./isolate-options.ts";

export interface OpenIsolates {
  options: IsolateOptions;
  /** Where the engine and compiled modules are kept between runs. */
  cache: string;
  /** No progress on standard error. */
  quiet: boolean;
  signal?: AbortSignal;
}

/** Kept apart from a node's data, so that throwing a ledger away does not mean to fetch and compile again. */
export const ISOLATE_CACHE = join(".orrery", "cache");

export async function openIsolates({ options, cache, quiet, signal }: OpenIsolates): Promise<IsolateBackend> {
  const clock = createSystemClock();
  const progress = createProgress({ quiet });
  try {
    return await chooseBackend({
      backend: options.backend,
      docker: dockerSettings(options),
      clock,
      spawn: createBunSpawn({ clock }),
      cacheDir: resolve(cache),
      root: process.getuid?.() === 0,
      fetch: (url, init) => fetch(url, init),
      ...fetchSettings(process.env),
      python: options.pythonBuild,
      ...(options.engine === undefined ? {} : { libraryPath: resolve(options.engine) }),
      ...(signal === undefined ? {} : { signal }),
      onProgress: (step) => progress.update(step),
      onNotice: (line) => {
        if (!quiet) console.error(line);
      },
    });
  } finally {
    progress.done();
  }
}

const UNIX = "unix://";

/** The engine that `docker` itself would talk to, unless another one is named. */
export function dockerSettings(options: IsolateOptions): Omit<DockerOptions, "clock"> {
  const { dockerSocket, dockerImage, dockerRuntime } = options;
  const host = process.env.DOCKER_HOST;
  const fromHost = host?.startsWith(UNIX) ? host.slice(UNIX.length) : undefined;
  return { socketPath: dockerSocket ?? fromHost, image: dockerImage, runtime: dockerRuntime };
}
