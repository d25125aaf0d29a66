/** The parent's end of one disposable child: start it, ask it to run guests, kill it. */
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import type { Cgroup } from "../cgroup/cgroups.ts";
import { encodeFrame, FrameReader, frameOf } from "../frame.ts";
import { Complaint, Inbox } from "../inbox.ts";
import type { RunOptions } from "../isolate.ts";
import { endProcess } from "../kill.ts";
import { type LostCase, stubborn } from "../lost-case.ts";
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

/** What bubblewrap ends with when what it waited for was killed. */
const KILLED = 128 + 9;

export class ChildProcess {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #clock: Clock;
  readonly #group: Cgroup | undefined;
  readonly #frames: FrameReader;
  readonly #inbox: Inbox<unknown>;
  readonly #complaint = new Complaint();
  #calling = false;
  /** Why a tool call got no answer: not the guest's doing. */
  #unanswered: { thrown: unknown } | undefined;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  readonly #listening: Promise<void>;

  /** `outputBytes` is the largest result that a report may carry. The group, if there is one, ends with the child. */
  constructor(options: {
    command: readonly string[];
    clock: Clock;
    outputBytes: number;
    group?: Cgroup | undefined;
  }) {
    this.#group = options.group;
    this.#clock = options.clock;
    this.#inbox = new Inbox(options.clock);
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
    const first = await this.#said(START_MS, signal);
    if (first === "deadline") throw this.#fault("did not get ready in time");
    if (first === "ended") throw this.#fault("ended before it was ready");
  }

  /** Hands the child bytes, and tells what it says then. Throws as `ask` does. */
  async give(bytes: Uint8Array, deadlineMs: number): Promise<{ said: unknown } | LostCase> {
    const began = this.#clock.monotonic();
    await this.#write(frameOf(Buffer.from(bytes)));
    const said = await this.#said(deadlineMs);
    const wallMs = this.#clock.monotonic() - began;
    if (said === "deadline") return stubborn(deadlineMs, wallMs);
    return said === "ended" ? { ...this.#howItEnded(), wallMs } : { said: said[0] };
  }

  /**
   * Runs one guest, or gives the one that runs in a loop its next input. Throws `cancelled` when aborted, and
   * `unavailable` when the child was killed from outside or a tool call found no answer.
   */
  async ask(
    request: GuestRequest | NextInput,
    wallMs: number,
    { signal, tools }: RunOptions = {},
  ): Promise<{ report: GuestReport } | LostCase> {
    const began = this.#clock.monotonic();
    const spent = () => this.#clock.monotonic() - began;
    await this.#send(request);
    const over = new AbortController();
    try {
      for (;;) {
        const heard = await this.#said(Math.max(0, wallMs + GRACE_MS - spent()), signal);
        if (heard === "deadline") return stubborn(wallMs, spent());
        if (heard === "ended") return { ...this.#howItEnded(), wallMs: spent() };
        const [said] = heard;
        const call = tools === undefined ? undefined : ChildToolCall.safeParse(said).data;
        if (call === undefined) {
          const { data: report } = GuestReport.safeParse(said);
          if (report !== undefined) return { report };
          return { ended: "infra", wallMs: spent(), detail: "the isolate's process told no report" };
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
    } catch (thrown) {
      if (signal.aborted) return;
      this.#unanswered = { thrown };
      this.#inbox.end();
      endProcess(this.#child, this.#clock);
    }
  }

  #send(value: unknown): Promise<void> {
    return this.#write(encodeFrame(value));
  }

  async #write(frame: Uint8Array): Promise<void> {
    try {
      this.#child.stdin.write(frame);
      await this.#child.stdin.flush();
    } catch {
      // Who is gone cannot be told anything; its end is heard of next.
    }
  }

  /** Kills the child with everything in its group and waits until it is gone. Safe to call twice. */
  async kill(): Promise<void> {
    endProcess(this.#child, this.#clock);
    await this.#child.exited;
    // Its output ends when the last process behind the layers has let go of it.
    const patience = this.#clock.after(GRACE_MS, () => void this.#output.cancel().catch(() => {}));
    await this.#listening;
    patience.cancel();
    await this.#group?.remove();
  }

  /** The next thing it says; it has been killed at the deadline. Throws `cancelled`. */
  async #said(deadlineMs: number, signal?: AbortSignal): Promise<unknown[] | "deadline" | "ended"> {
    const said = await this.#inbox.take(1, deadlineMs, signal);
    if (said === "deadline" || said === "aborted") await this.kill();
    if (said !== "aborted") return said;
    throw new Failure("cancelled", "the isolate was cancelled", { cause: signal?.reason });
  }

  /**
   * What ended the child in the middle of its work. It cannot kill itself, so that a kill comes from the kernel, for the
   * memory of its group or of the machine, or from an operator.
   */
  #howItEnded(): Omit<LostCase, "wallMs"> {
    if (this.#unanswered !== undefined) throw Failure.from(this.#unanswered.thrown, "unavailable");
    if (this.#group?.usage().oomKills) {
      return { ended: "memory-limit", detail: "used more memory than the isolate has" };
    }
    const { exitCode, signalCode } = this.#child;
    if (signalCode === "SIGKILL" || exitCode === KILLED) throw this.#fault("was killed from outside");
    const how = signalCode ?? `exit code ${exitCode}`;
    return {
      ended: "infra",
      detail: `the isolate's process broke down: ${how}`,
      stderr: this.#complaint.text,
    };
  }

  async #listen(): Promise<void> {
    let broken: unknown;
    try {
      for (let next = await this.#output.read(); !next.done; next = await this.#output.read()) {
        this.#inbox.push(this.#frames.push(next.value));
      }
    } catch (error) {
      broken = error;
      endProcess(this.#child, this.#clock);
    }
    await this.#child.exited;
    this.#inbox.end(broken);
  }

  async #overhear(): Promise<void> {
    try {
      for await (const chunk of this.#child.stderr) this.#complaint.hear(chunk);
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
        stderr: this.#complaint.text,
      },
      hint: "Run `bun run isolate setup`, then `bun run doctor`.",
      ...(this.#inbox.cause === undefined ? {} : { cause: this.#inbox.cause }),
    });
  }
}
