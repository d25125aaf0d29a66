/**
 * Child processes on Bun. The child leads a process group of its own and the whole group dies with it: on abort, on
 * too much output, and when the child itself has ended, so that nothing it started outlives it in the group.
 */
import { closeSync } from "node:fs";
import { Failure } from "../../protocol/failure.ts";
import { type Capture, capture } from "./capture.ts";
import type { Clock } from "./clock.ts";
import type { Spawn, SpawnOptions, SpawnResult } from "./spawn.ts";

const DEFAULT_OUTPUT_BYTES = 16 * 1024 * 1024;
const MOST_PIPES = 8;
/** A grandchild that left the group can hold the pipes open; its output is not waited for longer than this. */
const STRAGGLER_MS = 500;

/**
 * Only the variables in `env` reach the child: a node's secrets never leak by inheritance. `usage.peakBytes` is null
 * when the child stayed below this process' own peak: the kernel's ru_maxrss starts from the parent's. Fails with `unavailable` when the command cannot be started and `cancelled` when aborted before.
 */
export function createBunSpawn({ clock }: { clock: Clock }): Spawn {
  return {
    async run(options) {
      if (options.signal?.aborted) {
        throw new Failure("cancelled", "the process was not started", { cause: options.signal.reason });
      }
      const ownPeak = process.resourceUsage().maxRSS * 1_024;
      const begun = clock.monotonic();
      const child = start(options);
      const killGroup = () => kill(child.pid);
      options.signal?.addEventListener("abort", killGroup, { once: true });

      const limit = options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES;
      const extra = child.stdio.slice(3) as unknown as number[];
      const captures = [
        child.stdout,
        child.stderr,
        ...extra.map((descriptor) => Bun.file(descriptor).stream()),
      ].map((stream) => capture(stream, { limit, onOverflow: killGroup }));
      try {
        await child.exited;
        const wallMs = clock.monotonic() - begun;
        killGroup();
        await settled(captures, clock);
        return result(child, captures, wallMs, ownPeak);
      } finally {
        options.signal?.removeEventListener("abort", killGroup);
        for (const descriptor of extra) closeQuietly(descriptor);
      }
    },
  };
}

type Child = Bun.Subprocess<Uint8Array | "ignore", "pipe", "pipe">;

function start(options: SpawnOptions): Child {
  const pipes = options.pipes ?? 0;
  if (!Number.isInteger(pipes) || pipes < 0 || pipes > MOST_PIPES) {
    throw new Failure("malformed", `extra pipes must number from 0 to ${MOST_PIPES}`, { meta: { pipes } });
  }
  const stdin = typeof options.stdin === "string" ? new TextEncoder().encode(options.stdin) : options.stdin;
  try {
    return Bun.spawn([...options.command], {
      stdio: [stdin ?? "ignore", "pipe", "pipe", ...Array<"pipe">(pipes).fill("pipe")],
      env: { ...options.env },
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    }) as Child;
  } catch (cause) {
    throw new Failure("unavailable", "the command cannot be started", {
      meta: {
        command: options.command[0] ?? "",
        reason: cause instanceof Error ? cause.message : String(cause),
      },
      hint: "Check that it is installed, executable, and that its working directory exists.",
      cause,
    });
  }
}

function kill(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Already gone is what we want; anything else must not pass for a kill.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function settled(captures: Capture[], clock: Clock): Promise<void> {
  const stragglers = clock.after(STRAGGLER_MS, () => {
    for (const each of captures) each.stop();
  });
  await Promise.all(captures.map((each) => each.done));
  stragglers.cancel();
}

function result(child: Child, captures: Capture[], wallMs: number, ownPeak: number): SpawnResult {
  const [stdout, stderr, ...pipes] = captures.map((each) => each.bytes()) as [
    Uint8Array,
    Uint8Array,
    ...Uint8Array[],
  ];
  const usage = child.resourceUsage();
  return {
    exitCode: child.signalCode === null ? child.exitCode : null,
    signalCode: child.signalCode === null ? null : String(child.signalCode),
    stdout,
    stderr,
    pipes,
    overflow: captures.some((each) => each.overflow),
    usage: {
      wallMs,
      cpuMs: usage === undefined ? null : Number(usage.cpuTime.total) / 1_000,
      peakBytes: usage !== undefined && usage.maxRSS > ownPeak ? usage.maxRSS : null,
    },
  };
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // The stream closed it at its end.
  }
}
