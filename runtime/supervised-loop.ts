/** A loop that is kept running: restarted with backoff when it throws, for as long as that makes sense. */
import { Failure } from "../protocol/failure.ts";
import { backoffMs, type Intensity, RestartWindow } from "./actors/supervision.ts";
import type { Logger } from "./observe/logger.ts";
import type { Metrics } from "./observe/metrics.ts";
import type { Clock } from "./ports/clock.ts";
import type { Rng } from "./ports/rng.ts";

export interface LoopOptions {
  name: string;
  run: (signal: AbortSignal) => Promise<void>;
  /** Ends the loop for good. */
  signal: AbortSignal;
  clock: Clock;
  rng: Rng;
  log: Logger;
  metrics: Metrics;
  /** How many defects and terminal failures are borne. Default 5 within 60 s. */
  intensity?: Intensity;
  onGivenUp: (failure: Failure) => void;
}

export interface Loop {
  readonly name: string;
  readonly state: "running" | "restarting" | "finished" | "failed";
  readonly runs: number;
  /** Resolves when the loop has ended, whatever the reason. Never rejects. */
  readonly ended: Promise<void>;
}

const BACKOFF = { minMs: 100, maxMs: 30_000 };
/** A run that lasted this long makes the next failure count as the first again. */
const HEALTHY_MS = 60_000;

/**
 * Runs the loop until it returns or the signal aborts. A retryable failure (a provider or server that is away) is
 * waited out however long it lasts; a defect or terminal failure that keeps coming back is given up and reported.
 */
export function startLoop(options: LoopOptions): Loop {
  const loop = { name: options.name, state: "running" as Loop["state"], runs: 0 };
  const ended = keepRunning(options, loop);
  return Object.assign(loop, { ended });
}

async function keepRunning(
  options: LoopOptions,
  loop: { state: Loop["state"]; runs: number },
): Promise<void> {
  const { name, clock, signal, log, metrics } = options;
  const intensity = options.intensity ?? { restarts: 5, withinMs: 60_000 };
  const window = new RestartWindow(intensity);
  let attempt = 0;
  while (!signal.aborted) {
    loop.state = "running";
    loop.runs++;
    const begun = clock.monotonic();
    try {
      await options.run(signal);
      break;
    } catch (thrown) {
      if (signal.aborted) break;
      const failure = Failure.from(thrown);
      metrics.count("orrery_loop_failures_total", 1, { loop: name });
      if (!failure.retryable && window.admit(clock.monotonic()) === undefined) {
        loop.state = "failed";
        options.onGivenUp(
          new Failure("defect", `the loop ${name} failed too often to be restarted again`, {
            meta: { loop: name, ...intensity },
            hint: "Its log lines say why it failed each time.",
            cause: failure,
          }),
        );
        return;
      }
      attempt = clock.monotonic() - begun >= HEALTHY_MS ? 1 : attempt + 1;
      const delayMs = Math.max(backoffMs(attempt, BACKOFF, options.rng), failure.retryAfterMs ?? 0);
      log.warn("a loop failed and is being restarted", {
        loop: name,
        code: failure.code,
        failure: failure.toLine(),
        attempt,
        delayMs: Math.round(delayMs),
        ...(failure.code === "defect" ? { error: failure } : {}),
      });
      loop.state = "restarting";
      await clock.sleep(delayMs, signal).catch(() => {});
    }
  }
  loop.state = "finished";
}
