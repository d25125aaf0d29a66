/** What every handler and every actor turn is given: who asks, how long it may take, when to stop. */
import type { Logger } from "./observe/logger.ts";
import type { TraceContext } from "./observe/trace.ts";

export interface Context {
  /** Absolute, milliseconds since the Unix epoch. Calls made with `parent: context` inherit it. */
  readonly deadline: number;
  /** Aborts at the deadline, when the caller cancels, or when the node is drained past its patience. */
  readonly signal: AbortSignal;
  readonly trace: TraceContext;
  readonly messageId: string;
  /** First message of the conversation. */
  readonly correlationId: string;
  /** Node name of the sender. On NATS only the subject is authenticated; this is for people. */
  readonly sender: string;
  /** Routing key of a keyed method, e.g. the miner's uid. */
  readonly key: string | undefined;
  /** 1 for the first delivery; above for redelivered jobs. */
  readonly delivery: number;
  readonly log: Logger;
}
