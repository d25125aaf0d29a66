/**
 * One interpreter behind all layers, for one case: started, waiting until it is given its case, then watched from
 * outside until everything in its namespaces is gone.
 */
import { closeSync } from "node:fs";
import { Failure } from "../../protocol/failure.ts";
import type { IsolateLimits } from "../../protocol/isolate.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import type { Cgroup } from "../cgroup/cgroups.ts";
import { endProcess } from "../kill.ts";
import type { CaseReport } from "../native/report.ts";
import type { ToolSession } from "../tool-channel.ts";
import { ANSWER_SPARE, AnswerChannel } from "./answer-channel.ts";
import { guestCpuMs } from "./cpu-time.ts";
import { Shown } from "./shown.ts";
import { talkAboutTools } from "./tool-talk.ts";

export interface StartGuest {
  /** Behind all layers; it answers on descriptor 3, and calls tools on 4. */
  command: readonly string[];
  clock: Clock;
  group: Cgroup | undefined;
}

export interface GuestCase {
  /** What it finds on its standard input. */
  input: Uint8Array;
  nonce: string;
  limits: IsolateLimits;
  signal: AbortSignal;
  /** Answers its tool calls, if it may make any. */
  tools?: ToolSession | undefined;
}

type End = CaseReport["head"]["end"] | "cancelled" | "broken";

const START_MS = 10_000;
const TICK_MS = 5;
/** Everything in the namespaces is dead by then; a pipe that still does not end is let go of. */
const STRAGGLER_MS = 500;
const RESULT = 3;
const TOOLS = 4;
/** Shells and bubblewrap tell the signal that ended a process in this way; a program may end itself so, too. */
const BY_SIGNAL = 128;

export class GuestProcess {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #clock: Clock;
  readonly #group: Cgroup | undefined;
  readonly #channel = new AnswerChannel();
  readonly #stdout = new Shown();
  readonly #stderr = new Shown();
  readonly #descriptors: number[];
  readonly #readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  readonly #listening: Promise<unknown>;
  #written = 0;
  #most = ANSWER_SPARE;
  #end: End | undefined;
  #ended: Promise<void> | undefined;
  #heard: () => void = () => {};

  /** Throws `unavailable` when there is no such command. Whether the interpreter runs is told by `ready`. */
  constructor({ command, clock, group }: StartGuest) {
    this.#clock = clock;
    this.#group = group;
    try {
      this.#child = Bun.spawn([...command], {
        stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"],
        env: {},
        cwd: "/",
        detached: true, // a process group of its own, so that one kill reaches everything that is not yet in namespaces
      }) as Bun.Subprocess<"pipe", "pipe", "pipe">;
    } catch (cause) {
      throw new Failure("unavailable", "the isolate's process cannot be started", { cause });
    }
    this.#descriptors = this.#child.stdio as unknown as number[];
    this.#listening = Promise.all([
      this.#listen(this.#child.stdout, (chunk) => this.#stdout.push(chunk)),
      this.#listen(this.#child.stderr, (chunk) => this.#stderr.push(chunk)),
      this.#listen(Bun.file(this.#descriptors[RESULT]!).stream(), (chunk) => {
        if (this.#written <= this.#most) this.#channel.push(chunk);
      }),
    ]);
  }

  /** Whether it still waits for its case. */
  get alive(): boolean {
    return this.#end === undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves once the interpreter waits for its case, or with why it never will. */
  async ready(signal: AbortSignal): Promise<{ neverStarted: string } | undefined> {
    if (this.#channel.started) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#heard = wake;
    const deadline = this.#clock.after(START_MS, wake);
    signal.addEventListener("abort", wake, { once: true });
    if (!signal.aborted) await Promise.race([promise, this.#child.exited]);
    deadline.cancel();
    signal.removeEventListener("abort", wake);
    if (this.#channel.started) return undefined;
    await this.end();
    return { neverStarted: this.#stderr.text().slice(-500) || `exit code ${this.#child.exitCode}` };
  }

  /** Runs its one case. Throws `cancelled` when aborted and `unavailable` when something outside of the isolate ended it. */
  async run({ input, nonce, limits, signal, tools }: GuestCase): Promise<CaseReport> {
    const began = this.#clock.monotonic();
    const startedWith = this.#cpuMs() ?? 0;
    let spent: number | null = null;
    const cpuMs = () => {
      const now = this.#cpuMs();
      if (now !== null) spent = Math.max(0, now - startedWith);
      return spent;
    };
    let wallMs = 0;
    let broken: unknown;
    const stop = (why: End) => {
      wallMs ||= this.#clock.monotonic() - began;
      this.#stop(why);
    };
    this.#most = this.#written + limits.outputBytes + ANSWER_SPARE;
    this.#channel.expect(nonce);
    this.#heard = () => {
      if (this.#written > this.#most) stop("output-limit");
      else if (this.#channel.answer !== undefined) stop("result");
    };
    const talk =
      tools === undefined
        ? undefined
        : await talkAboutTools({
            descriptor: this.#descriptors[TOOLS]!,
            tools,
            onRefused: () => stop("output-limit"),
            onBroken(cause) {
              broken = cause;
              stop("broken");
            },
          });
    const cancel = () => stop("cancelled");
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    const wall = this.#clock.after(limits.wallMs, () => stop("timeout"));
    const cpu = this.#clock.every(TICK_MS, () => {
      if ((cpuMs() ?? 0) > limits.cpuMs) stop("cpu-limit");
    });
    let used: ReturnType<Cgroup["usage"]> | undefined;
    let ownCpuMs: number | null;
    try {
      this.#give(input);
      await this.#child.exited;
      wallMs ||= this.#clock.monotonic() - began;
      used = this.#group?.usage();
      ownCpuMs = cpuMs();
      await this.#over(talk === undefined);
    } finally {
      wall.cancel();
      cpu.cancel();
      talk?.end();
      signal.removeEventListener("abort", cancel);
    }
    const end = this.#end ?? (this.#channel.answer === undefined ? undefined : "result"); // the last thing it did
    if (end === "cancelled")
      throw new Failure("cancelled", "the isolate was cancelled", { cause: signal.reason });
    if (end === "broken") throw Failure.from(broken, "unavailable");
    const { exitCode, signalCode } = this.#child;
    if (end === undefined && signalCode !== null) {
      throw new Failure("unavailable", "the isolate was killed from outside", {
        meta: { signal: String(signalCode) },
      });
    }
    const code = end === undefined ? exitCode : null;
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
        cpuMs: ownCpuMs,
        peakBytes: used?.peakBytes ?? null,
      },
      answer: end === "result" ? this.#channel.answer! : new Uint8Array(),
      stdout: this.#stdout.bytes(),
      stderr: this.#stderr.bytes(),
    };
  }

  /** Ends it, whether it had its case or not, and returns when nothing of it is left. Safe to call twice. */
  async end(): Promise<void> {
    this.#stop("cancelled");
    await this.#child.exited;
    await this.#over(true);
    await this.#group?.remove();
  }

  #cpuMs(): number | null {
    return this.#group === undefined ? guestCpuMs(this.#child.pid) : this.#group.usage().cpuMs;
  }

  #stop(why: End): void {
    if (this.#end !== undefined) return;
    this.#end = why;
    endProcess(this.#child, this.#clock);
  }

  #give(input: Uint8Array): void {
    // A guest that ends without having read everything breaks the pipe, which is its own affair.
    const quietly = (work: unknown) => void Promise.resolve(work).catch(() => {});
    try {
      quietly(this.#child.stdin.write(input));
      quietly(this.#child.stdin.end());
    } catch {
      // The same, noticed at once.
    }
  }

  /** What was written before the end is still on its way; then descriptors are let go of. */
  #over(closeTools: boolean): Promise<void> {
    this.#ended ??= (async () => {
      const patience = this.#clock.after(STRAGGLER_MS, () => {
        for (const reader of this.#readers) void reader.cancel().catch(() => {});
      });
      await this.#listening;
      patience.cancel();
      closeQuietly(this.#descriptors[RESULT]!);
      if (closeTools) closeQuietly(this.#descriptors[TOOLS]!);
    })();
    return this.#ended;
  }

  async #listen(stream: ReadableStream<Uint8Array>, take: (chunk: Uint8Array) => void): Promise<void> {
    const reader = stream.getReader();
    this.#readers.push(reader);
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        this.#written += next.value.length;
        take(next.value);
        this.#heard();
      }
    } catch {
      // A pipe that breaks ends like one that closes.
    }
  }
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // The stream closed it at its end.
  }
}
