/** One container from its start to its removal: asks the guest in it to run cases, one after the other. */
import { Writable } from "node:stream";
import type Docker from "dockerode";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { FrameReader, frameOf } from "../frame.ts";
import { Complaint, Inbox } from "../inbox.ts";
import type { RunOptions } from "../isolate.ts";
import { type LostCase, stubborn } from "../lost-case.ts";
import { CaseHead, type CaseReport } from "../native/report.ts";
import { engineCall, engineFailure } from "./engine.ts";
import { type ContainerSettings, containerSettings } from "./settings.ts";

const START_MS = 30_000;
/** The guest ends cases itself at their wall limit; this much later the container is ended. */
const GRACE_MS = 2_000;
const END_MS = 5_000;
const FRAME_SPARE = 1024 * 1024;
const PARTS = 4;
/** First letter of a frame that is a tool call; a report begins with a brace. */
const TOOL_CALL = "T".charCodeAt(0);
/** The engine has no such container, or is removing it already. */
const GONE = [404, 409];

/** What the guest in the container saw of one case; see guest.py. */
const GuestHead = CaseHead.extend({
  /** Whether nothing is left of the case, so that another one may run in the same container. */
  clean: z.boolean(),
});

/** A request as the guest takes it: JSON head, setup, input, standard input. */
export type GuestRequest = readonly [head: string, setup: string, input: string, stdin: string];

/** Lost: the container is gone, of its own accord or because it did not stop in time. */
export type Asked = { readonly report: CaseReport; readonly clean: boolean } | LostCase;

export interface StartContainer {
  engine: Docker;
  clock: Clock;
  settings: ContainerSettings;
  signal?: AbortSignal | undefined;
}

export class IsolateContainer {
  readonly #container: Docker.Container;
  readonly #clock: Clock;
  readonly #stream: NodeJS.ReadWriteStream & { destroy(): void };
  readonly #frames: FrameReader;
  readonly #inbox: Inbox<Buffer>;
  readonly #complaint = new Complaint();
  #removal: Promise<void> | undefined;

  /** Made, started and ready for a case. Throws `unavailable`, or `cancelled`; leaves nothing behind then. */
  static async start({ engine, clock, settings, signal }: StartContainer): Promise<IsolateContainer> {
    const made = await engineCall("an isolate's container cannot be made", () =>
      engine.createContainer(containerSettings(settings)),
    );
    const container = made!;
    let isolate: IsolateContainer | undefined;
    try {
      const stream = await engineCall("the isolate's streams cannot be attached", () =>
        container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true }),
      );
      isolate = new IsolateContainer(container, engine, clock, stream!, settings.limits.outputBytes);
      await engineCall("an isolate's container cannot be started", () => container.start());
      await isolate.#ready(signal);
      return isolate;
    } catch (thrown) {
      await (isolate?.remove() ?? removed(container));
      throw thrown;
    }
  }

  private constructor(
    container: Docker.Container,
    engine: Docker,
    clock: Clock,
    stream: NodeJS.ReadWriteStream,
    outputBytes: number,
  ) {
    this.#container = container;
    this.#clock = clock;
    this.#stream = stream as NodeJS.ReadWriteStream & { destroy(): void };
    this.#frames = new FrameReader(outputBytes + FRAME_SPARE);
    this.#inbox = new Inbox(clock);
    const lose = (cause?: unknown) => this.#inbox.end(cause);
    const sink = (take: (chunk: Buffer) => void) =>
      new Writable({
        write: (chunk: Buffer, _, done) => {
          try {
            take(chunk);
          } catch (thrown) {
            lose(thrown);
          }
          done();
        },
      });
    const frames = sink((chunk) => this.#inbox.push(this.#frames.pushBytes(chunk)));
    const complaints = sink((chunk) => this.#complaint.hear(chunk));
    engine.modem.demuxStream(stream, frames, complaints);
    stream.on("error", lose).on("end", lose).on("close", lose);
  }

  /** Whether it can still be asked. */
  get alive(): boolean {
    return !this.#inbox.ended && this.#removal === undefined;
  }

  /** Runs one case. Throws `cancelled` when aborted, and `unavailable` when engine or container are lost. */
  async ask(request: GuestRequest, wallMs: number, { signal, tools }: RunOptions = {}): Promise<Asked> {
    const began = this.#clock.monotonic();
    const spent = () => this.#clock.monotonic() - began;
    const next = (count: number) => this.#next(count, Math.max(0, wallMs + GRACE_MS - spent()), signal);
    this.#stream.write(Buffer.concat(request.map((part) => frameOf(Buffer.from(part)))));
    const over = new AbortController();
    let parts: Buffer[] | "deadline" | "ended";
    let unanswered: { thrown: unknown } | undefined;
    try {
      for (;;) {
        parts = await next(1);
        const [first] = parts;
        if (typeof parts === "string" || tools === undefined || first![0] !== TOOL_CALL) break;
        const failed = (thrown: unknown) => {
          if (over.signal.aborted) return;
          unanswered = { thrown };
          this.#inbox.end();
        };
        const answered = (answer: string) => {
          if (!over.signal.aborted) this.#stream.write(frameOf(Buffer.from(`A${answer}`, "latin1")));
        };
        tools.call(first!.toString("latin1", 1), { signal: over.signal }).then(answered, failed);
      }
    } finally {
      over.abort();
    }
    if (unanswered !== undefined) {
      await this.remove();
      throw Failure.from((unanswered as { thrown: unknown }).thrown, "unavailable");
    }
    const rest = typeof parts === "string" ? parts : await next(PARTS - 1);
    if (rest === "deadline") return stubborn(wallMs, spent());
    if (rest === "ended") return { ...(await this.#howItEnded()), wallMs: spent() };
    const [head, answer, stdout, stderr] = [...parts, ...rest] as [Buffer, Buffer, Buffer, Buffer];
    const parsed = GuestHead.safeParse(JSON.parse(head.toString()));
    if (!parsed.success) throw this.#fault("answered something else than a report", parsed.error);
    const { clean, ...seen } = parsed.data;
    return { report: { head: seen, answer, stdout, stderr }, clean };
  }

  /** Kills and removes it; safe to call twice. Its output is let go of first: the engine waits for whoever reads it. */
  remove(): Promise<void> {
    this.#stream.destroy();
    this.#removal ??= removed(this.#container);
    return this.#removal;
  }

  async #ready(signal: AbortSignal | undefined): Promise<void> {
    const said = await this.#next(1, START_MS, signal);
    if (said === "deadline") throw this.#fault("did not get ready in time");
    if (said === "ended") throw this.#fault("ended before it was ready", this.#inbox.cause);
  }

  async #next(
    count: number,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Buffer[] | "deadline" | "ended"> {
    const said = await this.#inbox.take(count, deadlineMs, signal);
    if (said === "deadline" || said === "aborted") await this.remove();
    if (said !== "aborted") return said;
    throw new Failure("cancelled", "the isolate was cancelled", { cause: signal?.reason });
  }

  /**
   * What ended a container in the middle of a case. Processes in it cannot kill the guest, which is their namespace's
   * first: only the kernel, for memory, and the operator can.
   */
  async #howItEnded(): Promise<Omit<LostCase, "wallMs">> {
    const waited = new AbortController();
    const patience = this.#clock.after(END_MS, () => waited.abort());
    try {
      await this.#container.wait({ abortSignal: waited.signal });
      const { State } = await this.#container.inspect();
      if (State.OOMKilled) return { ended: "memory-limit", detail: "used more memory than the isolate has" };
      if (State.ExitCode === 137) throw this.#fault("was killed from outside");
      const detail = `the isolate's container broke down: exit code ${State.ExitCode}`;
      return { ended: "infra", detail, stderr: this.#complaint.text };
    } catch (thrown) {
      if (thrown instanceof Failure) throw thrown;
      throw engineFailure("an isolate was lost while it ran", thrown);
    } finally {
      patience.cancel();
    }
  }

  #fault(what: string, cause?: unknown): Failure {
    return new Failure("unavailable", `the isolate's container ${what}`, {
      meta: { container: this.#container.id.slice(0, 12), stderr: this.#complaint.text },
      hint: "Run `bun run isolate image`, then `bun run doctor`.",
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** An engine that is lost cannot remove anything; what it keeps is found by its label at the next start. */
async function removed(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch((thrown: { statusCode?: number }) => {
    if (thrown.statusCode !== undefined && !GONE.includes(thrown.statusCode)) {
      throw engineFailure("an isolate's container cannot be removed", thrown);
    }
  });
}
