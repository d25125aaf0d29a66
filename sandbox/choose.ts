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
  const candidates = name === "auto" ? (["wasmtime", "docker", "process"] as const) : ([name] as const);
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
        onNotice?.(`isolates run in ${candidate}: ${first.name}: ${first.failure.message}`);
      return backend;
    } catch (thrown) {
      await backend.close();
      const failure = Failure.from(thrown);
      if (failure.code === "cancelled") throw failure;
      refused.push({ name: candidate, failure });
    }
  }
  const reasons = refused.map((each) => `${each.name}: ${each.failure.message}`).join("; ");
  const hints = refused.map((each) => each.failure.hint).filter((hint) => hint !== undefined);
  const [{ failure } = { failure: undefined }] = refused;
  throw new Failure("unavailable", `no isolate can be run here: ${reasons}`, {
    hint: hints.length > 0 ? hints.join(" Or: ") : "Run `bun run doctor`.",
    ...(failure?.meta === undefined ? {} : { meta: failure.meta }),
    retryable: false,
    cause: failure,
  });
}
