/** A process that is kept running as systemd would keep it: started again whenever it ends, until it is stopped. */
import { appendFileSync, readFileSync } from "node:fs";
import { until } from "../support/until.ts";

export interface SupervisedOptions {
  name: string;
  command: readonly string[];
  env?: Record<string, string>;
  cwd: string;
  /** What it says on either stream is appended here. */
  log: string;
  /** How it is known to be up. */
  ready: (said: string) => boolean | Promise<boolean>;
  readyMs?: number;
}

const RESTART_MS = 200;
const STOP_MS = 20_000;
const alive = new Set<Bun.Subprocess>();
// A test run that is cut off leaves no node behind.
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

export class SupervisedProcess implements AsyncDisposable {
  readonly name: string;
  readonly #options: SupervisedOptions;
  #child: Bun.Subprocess | undefined;
  #stopped = false;
  #kept: Promise<void> = Promise.resolve();
  #runs = 0;
  #said = "";

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.name = options.name;
  }

  /** Starts it and resolves when it is ready for the first time. */
  async start(): Promise<void> {
    this.#kept = this.#keep();
    await this.ready();
  }

  /** Resolves when the present run is ready. */
  async ready(): Promise<void> {
    const { ready, readyMs = 40_000 } = this.#options;
    const deadline = performance.now() + readyMs;
    while (this.#child === undefined || !(await ready(this.#said))) {
      if (performance.now() > deadline) throw new Error(`${this.name} is not ready:\n${this.tail()}`);
      await Bun.sleep(20);
    }
  }

  /** Sends a signal and resolves when this run has ended; the next one is started behind it. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    await until(() => this.#child !== undefined, `${this.name} runs again`);
    const child = this.#child as Bun.Subprocess;
    child.kill(signal);
    await child.exited;
    return child.exitCode;
  }

  /** Ends it for good: SIGTERM, and SIGKILL for one that does not listen. */
  async stop(signal: "SIGKILL" | "SIGTERM" = "SIGTERM"): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    child?.kill(signal);
    const late = setTimeout(() => child?.kill("SIGKILL"), STOP_MS);
    await this.#kept;
    clearTimeout(late);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop("SIGKILL");
  }

  /** The last lines of its log, for the message of a failing test. */
  tail(lines = 30): string {
    return `--- ${this.name}\n${readFileSync(this.#options.log, "utf8").trim().split("\n").slice(-lines).join("\n")}`;
  }

  async #keep(): Promise<void> {
    const { command, env, cwd, log } = this.#options;
    while (!this.#stopped) {
      this.#runs++;
      this.#said = "";
      appendFileSync(log, `--- run ${this.#runs}\n`);
      const child = Bun.spawn([...command], {
        cwd,
        env: { ...process.env, ...env },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      this.#child = child;
      alive.add(child);
      await Promise.all([this.#listen(child.stdout), this.#listen(child.stderr), child.exited]);
      alive.delete(child);
      this.#child = undefined;
      if (!this.#stopped) await Bun.sleep(RESTART_MS);
    }
  }

  async #listen(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true });
      this.#said = (this.#said + text).slice(-20_000);
      appendFileSync(this.#options.log, text);
    }
  }
}
