/** One piece of work asked of the model's process: its reports as they come, the work stopped when nobody waits for it. */
import { Failure } from "../../protocol/failure.ts";
import type { ModelCall } from "../request/call.ts";
import type { Order, Report } from "./child/messages.ts";
import type { ModelProcess } from "./child-process.ts";

/** Chunks that may be under way. */
const WINDOW = 32;
/** Given back in parts: a message for every token would double their number. */
const PART = 8;
/** A cancelled call ends within a chunk of prefill; a process that takes this long hangs. */
const PATIENCE_MS = 60_000;
const LONGEST_MS = 1e12;

type Work<O = Order> = O extends { type: "generate" | "score" | "embed" | "tokenize" }
  ? Omit<O, "call" | "remainingMs" | "credit">
  : never;

export interface Asked {
  report: Extract<Report, { call: number }>;
  /** The chunk has been read; the process may send another. */
  credit: () => void;
}

/** Throws the call's own reason when it was stopped, else what the process says, `unavailable` when it dies. */
export async function* ask(
  process: ModelProcess,
  work: Work,
  call: ModelCall,
): AsyncGenerator<Asked, void, undefined> {
  const line = process.open();
  const cancel = () => process.send({ type: "cancel", call: line.call });
  let read = 0;
  const credit = () => {
    if (++read % PART === 0) process.send({ type: "credit", call: line.call, chunks: PART });
  };
  let over = false;
  call.check();
  call.signal.addEventListener("abort", cancel, { once: true });
  try {
    const remainingMs = Math.min(call.remainingMs, LONGEST_MS);
    process.send({ ...work, call: line.call, remainingMs, credit: WINDOW } as Order);
    while (!over) {
      const report = await line.next();
      over = report.type !== "chunk" || report.chunk.type === "end";
      if (report.type === "failed") {
        call.check();
        throw Failure.fromWire(report.failure);
      }
      yield { report, credit };
      call.check();
    }
  } catch (thrown) {
    over ||= thrown === call.signal.reason ? false : Failure.from(thrown).code === "unavailable";
    call.check();
    throw thrown;
  } finally {
    call.signal.removeEventListener("abort", cancel);
    if (!over) {
      cancel();
      await drained(line.next, process, call);
    }
    line.close();
  }
}

/** Until the process has let go of the call: only then its slot is free. */
async function drained(
  next: () => Promise<Asked["report"]>,
  process: ModelProcess,
  call: ModelCall,
): Promise<void> {
  const hung = call.after(PATIENCE_MS, () => process.kill());
  try {
    for (let over = false; !over; ) {
      const report = await next();
      over = report.type !== "chunk" || report.chunk.type === "end";
    }
  } catch {
    // Dead is free, too.
  } finally {
    hung.cancel();
  }
}
