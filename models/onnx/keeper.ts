/** Keeps one model's process: starts it by the best way that passes its self-test, and starts it again after a crash. */
import { availableParallelism } from "node:os";
import { Failure } from "../../protocol/failure.ts";
import { RestartWindow } from "../../runtime/actors/supervision.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import type { ModelStatus } from "../model.ts";
import type { ChildConfig } from "./child/messages.ts";
import { ModelProcess, type Ready } from "./child-process.ts";
import { type Device, type Route, routesTo, unusedGpu } from "./routes.ts";

export interface KeeperOptions {
  folder: string;
  clock: Clock;
  slots: number;
  /** Of the states of all answers in progress together. */
  stateBytes: number;
  /** Default: as many as there are processors, at most 8. */
  threads?: number | undefined;
  /** Only where the machine has nothing else to do: threads wait by spinning. Default false. */
  spin?: boolean | undefined;
  /** Where to compute, the CPU when it does not work there. Default the CPU. */
  device?: Device | undefined;
  /** The only ways to try; default: those to the device, best first. */
  routes?: readonly Route[] | undefined;
  /** One line about how the model runs, or why not the best way. */
  onNotice?: ((line: string) => void) | undefined;
  /** The process died while the model was in use. */
  onDeath?: ((failure: Failure) => void) | undefined;
}

export interface Running extends Ready {
  readonly process: ModelProcess;
}

const MOST_THREADS = 8;
const RESTARTS = { restarts: 5, withinMs: 60_000 };

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #crashes = new RestartWindow(RESTARTS);
  #running: Running | undefined;
  #starting: Promise<Running> | undefined;
  #status: ModelStatus = "unloaded";
  #stop = new AbortController();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  get status(): ModelStatus {
    return this.#status;
  }

  get running(): Running | undefined {
    return this.#running;
  }

  /** The running process, started when there is none. A caller who gives up only stops waiting. */
  async start(signal?: AbortSignal): Promise<Running> {
    if (this.#running !== undefined) return this.#running;
    this.#starting ??= this.#begin().finally(() => {
      this.#starting = undefined;
    });
    if (signal === undefined) return await this.#starting;
    const gone = Promise.withResolvers<never>();
    const abort = () =>
      gone.reject(signal.reason instanceof Failure ? signal.reason : cancelled(signal.reason));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([this.#starting, gone.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Failure("cancelled", "the model is being unloaded"));
    this.#stop = new AbortController();
    await this.#starting?.catch(() => {});
    this.#starting = undefined;
    const running = this.#running;
    this.#running = undefined;
    this.#status = "unloaded";
    running?.process.kill();
    await running?.process.ended;
  }

  async #begin(): Promise<Running> {
    this.#status = "loading";
    const { signal } = this.#stop;
    try {
      const running = await this.#tryRoutes(signal);
      this.#running = running;
      this.#status = "ready";
      void running.process.ended.then((failure) => this.#onEnd(running, failure));
      return running;
    } catch (thrown) {
      this.#status = signal.aborted ? "unloaded" : "failed";
      throw thrown;
    }
  }

  async #tryRoutes(signal: AbortSignal): Promise<Running> {
    const { folder, clock, slots, stateBytes, spin = false, device = "cpu", onNotice } = this.#options;
    const threads = this.#options.threads ?? Math.min(MOST_THREADS, availableParallelism());
    const routes = this.#options.routes ?? routesTo(device);
    const unused = unusedGpu(device);
    if (unused !== undefined) onNotice?.(unused);
    let last: Failure | undefined;
    for (const route of routes) {
      const config: ChildConfig = { folder, threads, spin, slots, stateBytes, ...route };
      const child = new ModelProcess(config);
      try {
        const ready = await child.ready(clock, signal);
        onNotice?.(startLine(ready, route));
        return { ...ready, process: child };
      } catch (thrown) {
        child.kill();
        await child.ended;
        last = Failure.from(thrown, "unavailable");
        if (signal.aborted || last.code !== "unavailable") throw last;
        onNotice?.(`${route.device} by ${route.runtime} does not work here: ${last.toLine()}`);
      }
    }
    throw last ?? new Failure("config", "no way to run the model was given");
  }

  #onEnd(running: Running, death: Failure): void {
    if (this.#running !== running) return;
    this.#options.onDeath?.(death);
    this.#running = undefined;
    this.#status = "failed";
    if (this.#crashes.admit(this.#options.clock.monotonic()) !== undefined) return;
    const failure = new Failure("unavailable", "the model's process died too often", {
      meta: RESTARTS,
      hint: "Its earlier failures say why; unload the model, then load it.",
    });
    this.#starting = Promise.reject(failure);
    this.#starting.catch(() => {});
  }
}

const startLine = ({ card, together }: Ready, { runtime, device }: Route): string =>
  `${card.id} runs on ${device} by ONNX Runtime ${card.versions.onnxruntime} (${runtime}), ${
    together > 1 ? `${together} answers a step` : "an answer a step"
  }`;

const cancelled = (cause: unknown): Failure =>
  new Failure("cancelled", "the caller did not wait for the model to load", { cause });
