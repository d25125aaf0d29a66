/** One case in a process of its own, watched from outside until everything in its namespaces is gone. */
import { closeSync } from "node:fs";
import { Failure } from "../../protocol/failure.ts";
import type { IsolateLimits } from "../../protocol/isolate.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import type { CgroupUsage } from "../cgroup/usage.ts";
import { endProcess } from "../kill.ts";
import type { CaseReport } from "../native/report.ts";
import type { ToolSession } from "../tool-channel.ts";
import { ANSWER_SPARE, AnswerChannel } from "./answer-channel.ts";
import { talkAboutTools } from "./tool-talk.ts";

export interface ProcessCase {
  /** Behind all layers; it answers on descriptor 3, and calls tools on 4. */
  command: readonly string[];
  /** What it finds on its standard input. */
  input: Uint8Array;
  nonce: string;
  limits: IsolateLimits;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Answers its tool calls, if it may make any. */
  tools?: ToolSession | undefined;
  /** Counters of its control group, if it has one. */
  usage(): CgroupUsage | undefined;
}

/** A process that never came to run the interpreter: nothing of the submission was seen. */
export interface NeverStarted {
  readonly neverStarted: string;
}

const TICK_MS = 5;
/** Of each output stream. */
const SHOWN = 131_072;
/** Everything in the namespaces is dead by then; a pipe that still does not end is let go of. */
const STRAGGLER_MS = 500;
const RESULT = 3;
const TOOLS = 4;
/** Shells and bubblewrap tell the signal that ended a process in this way; a program may end itself so, too. */
const BY_SIGNAL = 128;

/** Throws `cancelled` when aborted and `unavailable` when something outside of the isolate ended it. */
export async function runProcessCase(given: ProcessCase): Promise<CaseReport | NeverStarted> {
  const { limits, clock, signal } = given;
  const began = clock.monotonic();
  const child = start(given);
  const descriptors = child.stdio as unknown as number[];
  const descriptor = descriptors[RESULT]!;
  const channel = new AnswerChannel(given.nonce);
  const [stdout, stderr] = [new Shown(), new Shown()];
  let end: CaseReport["head"]["end"] | "cancelled" | "broken" | undefined;
  let written = 0;
  let wallMs = 0;

  const stop = (why: typeof end): void => {
    if (end !== undefined) return;
    end = why;
    wallMs = clock.monotonic() - began;
    endProcess(child, clock);
  };
  const most = limits.outputBytes + ANSWER_SPARE;
  const listen = async (stream: ReadableStream<Uint8Array>, take: (chunk: Uint8Array) => void) => {
    const reader = stream.getReader();
    streams.push(reader);
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        written += next.value.length;
        take(next.value);
        if (written > most) stop("output-limit");
        else if (channel.answer !== undefined) stop("result");
      }
    } catch {
      // A pipe that breaks ends like one that closes.
    }
  };
  const streams: ReadableStreamDefaultReader<Uint8Array>[] = [];
  const listening = Promise.all([
    listen(child.stdout, (chunk) => stdout.push(chunk)),
    listen(child.stderr, (chunk) => stderr.push(chunk)),
    listen(Bun.file(descriptor).stream(), (chunk) => {
      if (written <= most) channel.push(chunk);
    }),
  ]);
  let broken: unknown;
  const talk =
    given.tools === undefined
      ? undefined
      : talkAboutTools({
          descriptor: descriptors[TOOLS]!,
          tools: given.tools,
          onRefused: () => stop("output-limit"),
          onBroken(cause) {
            broken = cause;
            stop("broken");
          },
        });
  const cancel = () => stop("cancelled");
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted) cancel();
  const wall = clock.after(limits.wallMs, () => stop("timeout"));
  const cpu = clock.every(TICK_MS, () => {
    if ((given.usage()?.cpuMs ?? 0) > limits.cpuMs) stop("cpu-limit");
  });
  try {
    await child.exited;
    (await talk)?.end();
    wallMs ||= clock.monotonic() - began;
    const patience = clock.after(STRAGGLER_MS, () => {
      for (const reader of streams) void reader.cancel().catch(() => {});
    });
    await listening;
    patience.cancel();
  } finally {
    wall.cancel();
    cpu.cancel();
    signal?.removeEventListener("abort", cancel);
    closeQuietly(descriptor);
  }
  if (end === "cancelled")
    throw new Failure("cancelled", "the isolate was cancelled", { cause: signal?.reason });
  if (end === "broken") throw Failure.from(broken, "unavailable");
  if (end === undefined && channel.answer !== undefined) end = "result"; // the last thing it did
  if (end === undefined && child.signalCode !== null) {
    throw new Failure("unavailable", "the isolate was killed from outside", {
      meta: { signal: String(child.signalCode) },
    });
  }
  if (end === undefined && !channel.started) {
    return { neverStarted: stderr.text().slice(-500) || `exit code ${child.exitCode}` };
  }
  const used = given.usage();
  const code = end === undefined ? child.exitCode : null;
  const signalled = code !== null && code > BY_SIGNAL;
  return {
    head: {
      end: end ?? "exit",
      exitCode: signalled ? null : code,
      signal: signalled ? code - BY_SIGNAL : null,
      oom: used?.oomKills == null ? null : used.oomKills > 0,
      refusedForks: (used?.refusedForks ?? 0) > 0,
      diskFull: false, // /tmp is gone with the process; Python has said it
      wallMs,
      cpuMs: used?.cpuMs ?? null,
      peakBytes: used?.peakBytes ?? null,
    },
    answer: end === "result" ? channel.answer! : new Uint8Array(),
    stdout: stdout.bytes(),
    stderr: stderr.bytes(),
  };
}

/** The beginning of a stream. */
class Shown {
  #chunks: Uint8Array[] = [];
  #size = 0;
  push(chunk: Uint8Array): void {
    const room = SHOWN - this.#size;
    if (room <= 0) return;
    this.#chunks.push(chunk.length > room ? chunk.slice(0, room) : chunk);
    this.#size += Math.min(chunk.length, room);
  }
  bytes = (): Uint8Array => Buffer.concat(this.#chunks);
  text = (): string => new TextDecoder().decode(this.bytes()).trim();
}

function start({ command, input, tools }: ProcessCase): Bun.Subprocess<Uint8Array, "pipe", "pipe"> {
  try {
    return Bun.spawn([...command], {
      stdio: [input, "pipe", "pipe", "pipe", ...(tools === undefined ? [] : (["pipe"] as const))],
      env: {},
      cwd: "/",
      detached: true, // a process group of its own, so that one kill reaches everything that is not yet in namespaces
    }) as Bun.Subprocess<Uint8Array, "pipe", "pipe">;
  } catch (cause) {
    throw new Failure("unavailable", "the isolate's process cannot be started", { cause });
  }
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // The stream closed it at its end.
  }
}
