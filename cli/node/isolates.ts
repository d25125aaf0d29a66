/** The isolate back end of a node, ready to run: fetched and compiled on first use, with progress. */
import { join, resolve } from "node:path";
import { Failure } from "../../protocol/failure.ts";
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
      docker: dockerSettings(options, options.backend === "docker"),
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

/**
 * The engine that `docker` itself would talk to, unless another one is named. Fails with `config` where Docker was asked
 * for and that engine is out of reach: another one that happens to run here would be a surprise.
 */
export function dockerSettings(options: IsolateOptions, asked = true): Omit<DockerOptions, "clock"> {
  const { dockerSocket, dockerImage, dockerRuntime } = options;
  const host = process.env.DOCKER_HOST;
  const fromHost = host?.startsWith(UNIX) ? host.slice(UNIX.length) : undefined;
  if (asked && dockerSocket === undefined && host && fromHost === undefined) {
    throw new Failure(
      "config",
      `DOCKER_HOST is ${JSON.stringify(host.slice(0, 200))}, which is no Unix socket`,
      {
        hint: "Docker is asked over its socket on this machine: --docker-socket PATH.",
      },
    );
  }
  return { socketPath: dockerSocket ?? fromHost, image: dockerImage, runtime: dockerRuntime };
}
