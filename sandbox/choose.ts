/** Picks the back end of a node: the first one that really starts an isolate here. */
import { Failure } from "../protocol/failure.ts";
import type { BackendName } from "./backends.ts";
import { createDockerBackend, type DockerOptions } from "./docker/backend.ts";
import type { IsolateBackend } from "./isolate.ts";
import { createProcessBackend } from "./process/backend.ts";
import { createWasmtimeBackend, type WasmtimeOptions } from "./wasmtime/backend.ts";

export interface ChooseOptions extends WasmtimeOptions {
  /** `auto` takes the first that works: Wasmtime, Docker, hardened processes. */
  backend?: BackendName;
  docker?: Omit<DockerOptions, "clock">;
  signal?: AbortSignal;
  onProgress?: (step: { label: string; fraction: number }) => void;
  /** Told when `auto` could not take its first choice, and why. */
  onNotice?: (line: string) => void;
}

/**
 * A prepared back end. Fetches and compiles on first use. Throws `unavailable` with every reason when none works:
 * nothing is ever run less isolated than that.
 */
export async function chooseBackend(options: ChooseOptions): Promise<IsolateBackend> {
  const { signal, onProgress, onNotice, docker, backend: name = "auto", ...rest } = options;
  const makers = {
    wasmtime: () => createWasmtimeBackend(rest),
    docker: () => createDockerBackend({ ...docker, clock: rest.clock }),
    process: () => createProcessBackend(rest),
  };
  // Who gives an engine has chosen: another back end would not be what they asked for.
  const chosen = name === "auto" && rest.libraryPath !== undefined ? "wasmtime" : name;
  const candidates = chosen === "auto" ? (["wasmtime", "docker", "process"] as const) : ([chosen] as const);
  const refused: { name: string; failure: Failure }[] = [];
  for (const candidate of candidates) {
    const backend = makers[candidate]();
    try {
      await backend.prepare({
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      const [first] = refused;
      if (first !== undefined)
        onNotice?.(`isolates run in ${candidate}: ${first.name}: ${first.failure.toLine()}`);
      return backend;
    } catch (thrown) {
      await backend.close();
      // What was ended in the middle looks like a layer that does not work.
      if (signal?.aborted) {
        throw new Failure("cancelled", "preparing isolates was cancelled", { cause: signal.reason });
      }
      const failure = cacheTrouble(thrown, rest.cacheDir) ?? Failure.from(thrown);
      if (failure.code === "cancelled") throw failure;
      refused.push({ name: candidate, failure });
    }
  }
  const reasons = refused.map((each) => `${each.name}: ${each.failure.message}`).join("; ");
  const hints = refused.map((each) => each.failure.hint).filter((hint) => hint !== undefined);
  const [{ failure } = { failure: undefined }] = refused;
  throw new Failure("unavailable", `no isolate can be run here: ${reasons}`, {
    hint: hints.length > 0 ? [...new Set(hints)].join(" Or: ") : "Run `bun run doctor`.",
    ...(failure?.meta === undefined ? {} : { meta: failure.meta }),
    retryable: false,
    cause: failure,
  });
}

/** What the system may say of the folder that engines and compiled modules are kept in. */
const CACHE_TROUBLES: Readonly<Record<string, string>> = {
  EROFS: "is on a file system that cannot be written",
  ENOSPC: "is on a full disk",
  EDQUOT: "is beyond this user's quota",
  EACCES: "may not be written by this user",
  EPERM: "may not be written by this user",
  ENOTDIR: "is no folder",
};

/** An error of the file system that is about the cache; when a disk is full it does not say where. */
function cacheTrouble(thrown: unknown, cacheDir: string): Failure | undefined {
  const cause = thrown instanceof Failure ? thrown.cause : thrown;
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  const path = "path" in cause ? String(cause.path) : undefined;
  const what = CACHE_TROUBLES[String(cause.code)];
  const there = path === undefined ? cause.code === "ENOSPC" : path.startsWith(cacheDir);
  if (what === undefined || !there) return undefined;
  return new Failure("unavailable", `the cache ${cacheDir} ${what}`, {
    hint: `Make it writable, with 200 MB of room, or choose another (of \`bun run isolate\`: --cache DIR).`,
    retryable: false,
    cause,
  });
}
