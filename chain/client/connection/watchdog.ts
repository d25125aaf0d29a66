/** Notices a node that is silent: half-dead sockets look open for days. */
import { Failure } from "../../../protocol/failure.ts";
import type { Clock, Timer } from "../../../runtime/ports/index.ts";

export interface WatchdogOptions {
  clock: Clock;
  blockTimeMs: number;
  /** Asks the node anything; its answer proves that it lives. */
  probe(timeoutMs: number): Promise<unknown>;
  /** Called once. */
  dead(failure: Failure): void;
}

/** Without a head for this long the node is asked whether it is there … */
const PROBE_AFTER = 1.5;
/** … and has this long to answer, so that a stalled socket is left before three block times are over. */
const PROBE_WITHIN = 1;
/** A node that answers and has no new head for this long stands still itself. */
const NO_HEAD_FOR = 3;

export class Watchdog {
  private readonly options: WatchdogOptions;
  private timers: Timer[] = [];

  constructor(options: WatchdogOptions) {
    this.options = options;
    this.sawHead();
  }

  /** A head arrived: all is well for now. */
  sawHead(): void {
    this.stop();
    const { clock, blockTimeMs, dead } = this.options;
    this.timers = [
      clock.after(PROBE_AFTER * blockTimeMs, () => void this.probe()),
      clock.after(NO_HEAD_FOR * blockTimeMs, () => {
        this.stop();
        dead(
          new Failure("unavailable", "the node has had no new block for three block times", {
            meta: { blockTimeMs },
          }),
        );
      }),
    ];
  }

  stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers = [];
  }

  private async probe(): Promise<void> {
    const asked = this.timers;
    try {
      await this.options.probe(PROBE_WITHIN * this.options.blockTimeMs);
    } catch (thrown) {
      // A head meanwhile set new timers; and a node that answers with an error is alive.
      if (asked !== this.timers || this.timers.length === 0 || Failure.from(thrown).code !== "timeout")
        return;
      this.stop();
      this.options.dead(
        new Failure("unavailable", "the node neither sends blocks nor answers", { cause: thrown }),
      );
    }
  }
}
