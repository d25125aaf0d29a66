/** The parent's end of one disposable child: start it, ask it to run guests, kill it. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { encodeFrame, FrameReader, frameOf } from "../frame.ts";
import type { RunOptions } from "../isolate.ts";
import type { ToolSession } from "../tool-channel.ts";
import {
  ChildToolCall,
  GuestReport,
  type GuestRequest,
  type NextInput,
  type ParentToolAnswer,
} from "./guest-run.ts";

/** The child ends guests itself at their wall limit; this much later the parent ends the child. */
const GRACE_MS = 500;
const START_MS = 10_000;
/** A control character takes six bytes in JSON. */
const JSON_BLOWUP = 6;
const FRAME_SPARE = 2 * 1024 * 1024;
const MAX_COMPLAINT = 4_096;

export type Asked =
  | { readonly report: GuestReport }
  | { readonly killed: "timeout"; readonly wallMs: number };

export class ChildProcess {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #clock: Clock;
  readonly #frames: FrameReader;
  readonly #queue: unknown[] = [];
  #wake: (() => void) | undefined;
  #broken: Error | undefined;
  #ended = false;
  #calling = false;
  #complaint = "";
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  readonly #listening: Promise<void>;

  /** `outputBytes` is the largest result that a report may carry. */
  constructor(options: { command: readonly string[]; clock: Clock; outputBytes: number }) {
    this.#clock = options.clock;
    this.#frames = new FrameReader(options.outputBytes * JSON_BLOWUP + FRAME_SPARE);
    try {
      this.#child = Bun.spawn([...options.command], {
        stdio: ["pipe", "pipe", "pipe"],
        env: {},
        cwd: "/",
        detached: true, // a process group of its own, so that one kill reaches everything in it
      });
    } catch (cause) {
      throw new Failure("unavailable", "the isolate's process cannot be started", { cause });
    }
    this.#output = this.#child.stdout.getReader();
    this.#listening = this.#listen();
    void this.#overhear();
  }

  /** Resolves once the child has loaded its module. Throws `unavailable` when it cannot. */
  async ready(signal?: AbortSignal): Promise<void> {
    const first = await this.#next(START_MS, signal);
    if (first === "deadline") throw this.#fault("did not get ready in time");
  }

  /** Hands the child bytes, and tells what it says then; "deadline" when it was killed for taking too long. */
  async give(bytes: Uint8Array, deadlineMs: number, signal?: AbortSignal): Promise<unknown | "deadline"> {
    await this.#write(frameOf(Buffer.from(bytes)));
    return await this.#next(deadlineMs, signal);
  }

  /**
   * Runs one guest, or gives the one that runs in a loop its next input. Throws `cancelled` when aborted and
   * `unavailable` when the child breaks down.
   */
  async ask(
    request: GuestRequest | NextInput,
    wallMs: number,
    { signal, tools }: RunOptions = {},
  ): Promise<Asked> {
    const began = this.#clock.monotonic();
    const spent = () => this.#clock.monotonic() - began;
    await this.#send(request);
    const over = new AbortController();
    try {
      for (;;) {
        const said = await this.#next(Math.max(0, wallMs + GRACE_MS - spent()), signal);
        if (said === "deadline") return { killed: "timeout", wallMs: spent() };
        const call = tools === undefined ? undefined : ChildToolCall.safeParse(said).data;
        if (call === undefined) {
          const report = GuestReport.safeParse(said);
          if (!report.success) throw this.#fault("answered something else than a report");
          return { report: report.data };
        }
        void this.#answerTool(call.tool, tools!, over.signal);
      }
    } finally {
      over.abort();
    }
  }

  /** The child waits meanwhile; what else may happen to it is seen by whoever asked. */
  async #answerTool(call: string, tools: ToolSession, signal: AbortSignal): Promise<void> {
    try {
      if (this.#calling)
        throw new Error("the isolate's process made a second call before the first was answered");
      this.#calling = true;
      const answer: ParentToolAnswer = { answer: await tools.call(call, { signal }) };
      this.#calling = false;
      if (!signal.aborted) await this.#send(answer);
    } catch (error) {
      if (signal.aborted) return;
      this.#broken = error instanceof Error ? error : new Error(String(error));
      this.#killGroup();
    }
  }

  #send(value: unknown): Promise<void> {
    return this.#write(encodeFrame(value));
  }

  async #write(frame: Uint8Array): Promise<void> {
    this.#child.stdin.write(frame);
    await this.#child.stdin.flush();
  }

  /** Kills the child with everything in its group and waits until it is gone. Safe to call twice. */
  async kill(): Promise<void> {
    this.#killGroup();
    await this.#child.exited;
    // Its output ends when the last process behind the layers has let go of it.
    const patience = this.#clock.after(GRACE_MS, () => void this.#output.cancel().catch(() => {}));
    await this.#listening;
    patience.cancel();
  }

  #killGroup(): void {
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  async #next(deadlineMs: number, signal?: AbortSignal): Promise<unknown | "deadline"> {
    let late = false;
    const wake = () => this.#wake?.();
    const timer = this.#clock.after(deadlineMs, () => {
      late = true;
      wake();
    });
    signal?.addEventListener("abort", wake, { once: true });
    try {
      for (;;) {
        if (signal?.aborted) {
          await this.kill();
          throw new Failure("cancelled", "the isolate was cancelled", { cause: signal.reason });
        }
        if (this.#queue.length > 0) return this.#queue.shift();
        if (late) {
          await this.kill();
          return "deadline";
        }
        if (this.#ended) throw this.#fault("ended");
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      timer.cancel();
      signal?.removeEventListener("abort", wake);
    }
  }

  async #listen(): Promise<void> {
    try {
      for (let next = await this.#output.read(); !next.done; next = await this.#output.read()) {
        this.#queue.push(...this.#frames.push(next.value));
        this.#wake?.();
      }
    } catch (error) {
      this.#broken = error instanceof Error ? error : new Error(String(error));
      this.#killGroup();
    }
    await this.#child.exited;
    this.#ended = true;
    this.#wake?.();
  }

  /** Keeps the beginning of what the child complains of, for whoever reads the failure. */
  async #overhear(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.#child.stderr) {
        const room = MAX_COMPLAINT - this.#complaint.length;
        if (room > 0) this.#complaint += decoder.decode(chunk).slice(0, room);
      }
    } catch {
      // Broken pipes end like closed ones.
    }
  }

  #fault(what: string): Failure {
    const { exitCode, signalCode } = this.#child;
    return new Failure("unavailable", `the isolate's process ${what}`, {
      meta: {
        exitCode,
        signal: signalCode === null ? null : String(signalCode),
        stderr: this.#complaint.trim().slice(0, 500),
      },
      hint: "Run `bun run isolate setup`, then `bun run doctor`.",
      ...(this.#broken === undefined ? {} : { cause: this.#broken }),
    });
  }
}
