/** The isolate port: strangers' code in, evidence out. One contract, several back ends, one taxonomy of verdicts. */
import type { IsolateEvidence, IsolateRequest, IsolateRuntime } from "../protocol/isolate.ts";

export interface IsolateBackend {
  readonly name: "wasmtime" | "docker" | "process" | "scripted";
  readonly runtimes: readonly IsolateRuntime[];
  /** Ready to run: engine found, modules compiled, hardening in place. Says in one line what is missing. */
  check(): Promise<{ ok: true; detail: string } | { ok: false; reason: string; hint: string }>;
  /** Fetches and compiles what the first run needs; reports progress from 0 to 1. */
  prepare(options: {
    signal?: AbortSignal;
    onProgress?: (step: { label: string; fraction: number }) => void;
  }): Promise<void>;
  /** Never throws for anything the guest does: that is in the evidence. Throws `cancelled`, or `unavailable` for infra. */
  run(request: IsolateRequest, options?: { signal?: AbortSignal }): Promise<IsolateEvidence>;
  close(): Promise<void>;
}
