/** W3C trace context: carried by every envelope, so that one piece of work can be followed across nodes. */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}
