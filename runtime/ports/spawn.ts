/** Child processes as a port: isolates and native inference live in them. */
export interface SpawnOptions {
  command: readonly string[];
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Written to standard input, which is then closed. */
  stdin?: Uint8Array | string;
  /** The child is killed with SIGKILL, with its whole process group, when this aborts. */
  signal?: AbortSignal;
  /** Kills the child when it wrote more than this to stdout or stderr, in bytes. */
  maxOutputBytes?: number;
  /** Extra pipes from the child, numbered from file descriptor 3 up. */
  pipes?: number;
}

export interface SpawnResult {
  exitCode: number | null;
  signalCode: string | null;
  stdout: Uint8Array;
  stderr: Uint8Array;
  /** What arrived on the extra pipes, in order of descriptor. */
  pipes: Uint8Array[];
  /** True when the output cap ended the child. */
  overflow: boolean;
  usage: { wallMs: number; cpuMs: number | null; peakBytes: number | null };
}

export interface Spawn {
  run(options: SpawnOptions): Promise<SpawnResult>;
}
