/**
 * One interpreter behind all layers, for one case: forked, waiting until it is given its case, then watched from
 * outside until everything in its namespaces is gone.
 */
import { Failure } from "../../protocol/failure.ts";
import type { IsolateLimits } from "../../protocol/isolate.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import type { Cgroup } from "../cgroup/cgroups.ts";
import type { CaseReport } from "../native/report.ts";
import type { ToolSession } from "../tool-channel.ts";
import { adopt } from "./adopt.ts";
import { ANSWER_SPARE, AnswerChannel } from "./answer-channel.ts";
import { guestCpuMs } from "./cpu-time.ts";
import { closeQuietly } from "./descriptors.ts";
import type { ForkServer, Order } from "./fork-server.ts";
import { Shown } from "./shown.ts";
import { talkAboutTools } from "./tool-talk.ts";

export interface StartGuest {
  server: ForkServer;
  order: Order;
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
/** For the process that waits for the case to end it. If it does not, it is ended as well, without a group all are. */
const PATIENCE_MS = 1_000;
/** Everything in the namespaces is dead by then; a channel that still does not end is let go of. */
const STRAGGLER_MS = 500;
const SIGKILL = 9;

export class GuestProcess {
  readonly #clock: Clock;
  readonly #server: ForkServer;
  readonly #group: Cgroup | undefined;
  readonly #channel = new AnswerChannel();
  readonly #stdout = new Shown();
  readonly #stderr = new Shown();
  readonly #stdin: Bun.Socket<undefined>;
  readonly #life: Bun.Socket<undefined>;
  /** Descriptor that tool calls come on, until somebody takes it. */
  #tools: number | undefined;
  readonly #outputs: Bun.Socket<undefined>[];
  readonly #listening: Promise<unknown>;
  readonly #exited = Promise.withResolvers<void>();
  #alive = true;
  /** Number of the process that waits for the case; then how the case ended, negative for a signal, and its CPU time in µs. */
  #told = "";
  #input: Uint8Array | undefined;
  #written = 0;
  #most = ANSWER_SPARE;
  #end: End | undefined;
  #ended: Promise<void> | undefined;
  #heard: () => void = () => {};

  /** Throws `unavailable` when nothing can be forked. Whether the interpreter runs is told by `ready`. */
  constructor({ server, order, clock, group }: StartGuest) {
    this.#clock = clock;
    this.#server = server;
    this.#group = group;
    const { channels, life } = server.fork(order, group?.join);
    const [stdin, stdout, stderr, result, tools] = channels as [number, number, number, number, number];
    this.#tools = tools;
    this.#stdin = adopt(stdin, {
      data: (_, chunk) => this.#count(chunk), // it is a socket, which a guest may also write to
      drain: () => this.#write(),
      error: () => {},
    });
    const ends = [stdout, stderr, result].map(() => Promise.withResolvers<void>());
    this.#outputs = [
      this.#listen(stdout, ends[0]!.resolve, (chunk) => this.#stdout.push(chunk)),
      this.#listen(stderr, ends[1]!.resolve, (chunk) => this.#stderr.push(chunk)),
      this.#listen(result, ends[2]!.resolve, (chunk) => {
        if (this.#written + chunk.length <= this.#most) this.#channel.push(chunk);
      }),
    ];
    this.#listening = Promise.all(ends.map(({ promise }) => promise));
    this.#life = adopt(life, {
      data: (_, chunk) => {
        this.#told += chunk.toString("latin1");
      },
      close: () => {
        this.#alive = false;
        this.#exited.resolve();
      },
      error: () => {},
    });
  }

  /** Whether it still waits for its case. */
  get alive(): boolean {
    return this.#end === undefined && this.#alive;
  }

  /** Resolves once the interpreter waits for its case, or with why it never will. */
  async ready(signal: AbortSignal): Promise<{ neverStarted: string } | undefined> {
    if (this.#channel.started) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#heard = wake;
    const deadline = this.#clock.after(START_MS, wake);
    signal.addEventListener("abort", wake, { once: true });
    if (!signal.aborted) await Promise.race([promise, this.#exited.promise]);
    deadline.cancel();
    signal.removeEventListener("abort", wake);
    if (this.#channel.started) return undefined;
    await this.end();
    const said = this.#stderr.text().slice(-500) || (await this.#server.complaint());
    return { neverStarted: said || "ended before it began" };
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
        : talkAboutTools({
            descriptor: this.#takeTools()!,
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
      await this.#exited.promise;
      wallMs ||= this.#clock.monotonic() - began;
      used = this.#group?.usage();
      ownCpuMs = cpuMs();
      await this.#over();
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
    const oom = used?.oomKills == null ? null : used.oomKills > 0;
    // For want of memory the kernel may also end the process that waits for the case: that is the case's doing.
    const code = this.#code ?? (oom ? -SIGKILL : undefined);
    if (end === undefined && code === undefined)
      throw new Failure("unavailable", "the isolate was killed from outside");
    const exit = end === undefined ? code! : null;
    return {
      head: {
        end: end ?? "exit",
        exitCode: exit !== null && exit >= 0 ? exit : null,
        signal: exit !== null && exit < 0 ? -exit : null,
        oom,
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
    await this.#exited.promise;
    await this.#over();
    await this.#group?.remove();
  }

  /** How the case ended, as the process that waited for it told. */
  get #code(): number | undefined {
    return this.#toldAtEnd?.[0];
  }

  get #toldAtEnd(): readonly number[] | undefined {
    const [, end = ""] = this.#told.split("\n");
    return end === "" ? undefined : end.split(" ").map(Number);
  }

  #cpuMs(): number | null {
    if (this.#group !== undefined) return this.#group.usage().cpuMs;
    const us = this.#toldAtEnd?.[1];
    return us === undefined ? guestCpuMs(Number.parseInt(this.#told, 10)) : us / 1_000;
  }

  #stop(why: End): void {
    if (this.#end !== undefined) return;
    this.#end = why;
    if (!this.#alive) return;
    this.#life.write("end");
    const patience = this.#clock.after(PATIENCE_MS, () => {
      if (this.#group === undefined) this.#server.kill();
      else void this.#group.remove();
    });
    void this.#exited.promise.finally(() => patience.cancel());
  }

  /** As much as there is room for; a guest that ends without having read everything closes it, which is its own affair. */
  #give(input: Uint8Array): void {
    this.#input = input;
    this.#write();
  }

  #write(): void {
    if (this.#input === undefined) return;
    this.#input = this.#input.subarray(Math.max(0, this.#stdin.write(this.#input)));
    if (this.#input.length > 0) return;
    this.#input = undefined;
    this.#stdin.end();
  }

  #takeTools(): number | undefined {
    const tools = this.#tools;
    this.#tools = undefined;
    return tools;
  }

  /** What was written before the end is still on its way; then descriptors are let go of. */
  #over(): Promise<void> {
    this.#ended ??= (async () => {
      const letGo = () => {
        for (const socket of this.#outputs) socket.terminate();
      };
      const patience = this.#clock.after(STRAGGLER_MS, letGo);
      await this.#listening;
      patience.cancel();
      this.#stdin.terminate();
      const tools = this.#takeTools();
      if (tools !== undefined) closeQuietly(tools);
    })();
    return this.#ended;
  }

  #listen(descriptor: number, ended: () => void, take: (chunk: Uint8Array) => void): Bun.Socket<undefined> {
    return adopt(descriptor, {
      data: (_, chunk) => {
        take(chunk);
        this.#count(chunk);
      },
      close: ended,
      error: () => {},
    });
  }

  #count(chunk: Uint8Array): void {
    this.#written += chunk.length;
    this.#heard();
  }
}
