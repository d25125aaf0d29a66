/** The isolate port: strangers' code in, evidence out. One contract, several back ends, one taxonomy of verdicts. */
import type { IsolateEvidence, IsolateRequest, IsolateRuntime } from "../protocol/isolate.ts";
import type { ToolSession } from "./tool-channel.ts";

export interface RunOptions {
  signal?: AbortSignal;
  /** Answers the tool calls of a request that has `tools`. */
  tools?: ToolSession;
}

/** One thing that stands between a guest and the machine. */
export interface IsolateLayer {
  readonly name:
    | "uid-drop"
    | "no-new-privileges"
    | "rlimits"
    | "namespaces"
    | "system-calls"
    | "control-groups";
  readonly active: boolean;
  /** False where this process has nothing that the layer could take away. */
  readonly needed?: boolean;
  readonly detail: string;
}

export interface IsolateBackend {
  readonly name: "wasmtime" | "docker" | "process" | "scripted";
  readonly runtimes: readonly IsolateRuntime[];
  /** Ready to run: engine found, modules compiled, hardening in place. Says in one line what is missing. */
  check(): Promise<{ ok: true; detail: string } | { ok: false; reason: string; hint: string }>;
  /** What stands around an isolate on this machine, once prepared; absent where an engine sees to it. */
  layers?(): readonly IsolateLayer[];
  /** Fetches and compiles what the first run needs; reports progress from 0 to 1. */
  prepare(options: {
    signal?: AbortSignal;
    onProgress?: (step: { label: string; fraction: number }) => void;
  }): Promise<void>;
  /**
   * Never throws for anything the guest does: that is in the evidence, as `infra` when the isolate broke down with the
   * guest in it. Throws `cancelled`, or `unavailable` for what has nothing to do with the guest.
   */
  run(request: IsolateRequest, options?: RunOptions): Promise<IsolateEvidence>;
  close(): Promise<void>;
}
