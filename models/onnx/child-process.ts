/** The node's end of the process that a model lives in: start it, give it orders, hear its reports, notice its death. */
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import type { ModelCard } from "../../protocol/model.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { type ChildConfig, type Order, Report } from "./child/messages.ts";

/** Loading maps files and packs weights: seconds for small models, longer on a busy machine. */
const START_MS = 120_000;
const MAX_COMPLAINT = 4_096;

type CallReport = Extract<Report, { call: number }>;

interface Line {
  readonly reports: CallReport[];
  wake: () => void;
}

export interface Ready {
  readonly card: ModelCard;
  readonly longestToken: number;
  /** Answers that take a step together. */
  readonly together: number;
}

export class ModelProcess {
  readonly #child: Bun.Subprocess<"ignore", "ignore", "pipe">;
  readonly #lines = new Map<number, Line>();
  readonly #ready = Promise.withResolvers<Ready>();
  readonly ended: Promise<Failure>;
  #nextCall = 0;
  #complaint = "";
  #end: Failure | undefined;
  #fatal: Failure | undefined;

  constructor(config: ChildConfig) {
    this.#ready.promise.catch(() => {});
    try {
      this.#child = Bun.spawn(
        [process.execPath, join(import.meta.dir, "child", "child.ts"), JSON.stringify(config)],
        {
          stdio: ["ignore", "ignore", "pipe"],
          env: {},
          serialization: "advanced",
          ipc: (message) => this.#hear(message),
        },
      );
    } catch (cause) {
      throw new Failure("unavailable", "the model's process cannot be started", { cause });
    }
    void this.#overhear();
    this.ended = this.#child.exited.then(() => this.#died());
  }

  /** Resolves when the model is loaded and has passed its self-test. Throws `unavailable` or what the child says. */
  async ready(clock: Clock, signal?: AbortSignal): Promise<Ready> {
    const late = clock.after(START_MS, () => {
      this.#fatal ??= new Failure("unavailable", "the model did not load in time", {
        meta: { startMs: START_MS },
      });
      this.kill();
    });
    const abort = () => {
      this.#fatal ??= new Failure("cancelled", "the model is not loaded", { cause: signal?.reason });
      this.kill();
    };
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    try {
      return await this.#ready.promise;
    } finally {
      late.cancel();
      signal?.removeEventListener("abort", abort);
    }
  }

  /** A line of reports about one call; `next` throws when the process dies. */
  open(): { call: number; next: () => Promise<CallReport>; close: () => void } {
    const call = this.#nextCall++;
    const line: Line = { reports: [], wake: () => {} };
    this.#lines.set(call, line);
    const next = async (): Promise<CallReport> => {
      for (;;) {
        const report = line.reports.shift();
        if (report !== undefined) return report;
        if (this.#end !== undefined) throw this.#end;
        await new Promise<void>((resolve) => {
          line.wake = resolve;
        });
      }
    };
    return { call, next, close: () => void this.#lines.delete(call) };
  }

  /** To a process that has died nothing is sent: its lines tell. */
  send(order: Order): void {
    if (this.#end === undefined) this.#child.send(order);
  }

  /** Ends it at once; safe to call twice. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #hear(message: unknown): void {
    const parsed = Report.safeParse(message);
    if (!parsed.success) {
      this.#fatal ??= new Failure("unavailable", "the model's process said something that is no report", {
        meta: { reason: parsed.error.issues[0]?.message ?? "" },
      });
      this.kill();
      return;
    }
    const report = parsed.data;
    if (report.type === "ready") this.#ready.resolve(report);
    else if (report.type === "fatal") this.#fatal ??= Failure.fromWire(report.failure);
    else {
      const line = this.#lines.get(report.call);
      line?.reports.push(report);
      line?.wake();
    }
  }

  #died(): Failure {
    const { exitCode, signalCode } = this.#child;
    this.#end =
      this.#fatal ??
      new Failure("unavailable", "the model's process died", {
        meta: { exitCode, signal: signalCode, stderr: this.#complaint.trim().slice(0, 500) },
        hint: "It is started again with the next request; ask again.",
      });
    this.#ready.reject(this.#end);
    for (const { wake } of this.#lines.values()) wake();
    return this.#end;
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
}
