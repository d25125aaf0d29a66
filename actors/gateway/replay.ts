/** Reads what was recorded before the gateway started, letting everything else in the process have its turn. */
import type { Ledger } from "../../ledger/ledger.ts";
import type { Clock } from "../../runtime/ports/index.ts";
import type { ReadModel } from "./read-model.ts";

/** Small enough that a batch holds up nobody. */
const BATCH = 256;

export interface ReplayOptions {
  ledger: Pick<Ledger, "read">;
  clock: Pick<Clock, "sleep">;
  subnet: string;
  model: Pick<ReadModel, "apply" | "caughtUp" | "seq">;
  onProgress: () => void;
  signal: AbortSignal;
}

/** Resolves when the model holds every event there was; goes on from where it stood when called again. */
export async function replay({
  ledger,
  clock,
  subnet,
  model,
  onProgress,
  signal,
}: ReplayOptions): Promise<void> {
  for (;;) {
    const events = await ledger.read({ after: model.seq, limit: BATCH, subnet });
    for (const event of events) model.apply(event);
    if (events.length < BATCH) break;
    onProgress();
    await clock.sleep(0, signal);
  }
  model.caughtUp();
  onProgress();
}
