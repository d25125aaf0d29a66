/** Picks the back end of a node: the first one that really starts an isolate here. */
import { Failure } from "../protocol/failure.ts";
import type { IsolateBackend } from "./isolate.ts";
import { createWasmtimeBackend, type WasmtimeOptions } from "./wasmtime/backend.ts";

export type BackendName = "auto" | "wasmtime" | "docker";

export interface ChooseOptions extends WasmtimeOptions {
  /** `auto` takes the best that works. */
  backend?: BackendName;
  signal?: AbortSignal;
  onProgress?: (step: { label: string; fraction: number }) => void;
}

/**
 * A prepared back end. Fetches and compiles on first use. Throws `unavailable` with every reason when none works:
 * nothing is ever run less isolated than that.
 */
export async function chooseBackend(options: ChooseOptions): Promise<IsolateBackend> {
  const { signal, onProgress, backend: name = "auto", ...rest } = options;
  if (name === "docker") {
    throw new Failure("config", "this version runs isolates in Wasmtime only, not in Docker", {
      hint: "Leave the back end out, or say wasmtime.",
    });
  }
  const backend = createWasmtimeBackend(rest);
  try {
    await backend.prepare({
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    return backend;
  } catch (thrown) {
    await backend.close();
    const failure = Failure.from(thrown);
    if (failure.code === "cancelled") throw failure;
    throw new Failure("unavailable", `no isolate can be run here: wasmtime: ${failure.message}`, {
      hint: failure.hint ?? "Run `bun run doctor`.",
      ...(failure.meta === undefined ? {} : { meta: failure.meta }),
      retryable: false,
      cause: failure,
    });
  }
}
