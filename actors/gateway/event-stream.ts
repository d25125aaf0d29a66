/**
 * Snapshots as server-sent events. A message is made when the connection can take it, never before: a listener that
 * does not read holds no more than one message, and the next it gets is the newest.
 */
import type { Clock } from "../../runtime/ports/index.ts";
import type { Changes } from "./changes.ts";

/** An event this often keeps proxies from closing a quiet stream, and tells the page that it is still connected. */
const IDLE_MS = 15_000;
/** How long a browser waits before it connects again. */
const RETRY_MS = 2_000;
const LEAST_PACE_MS = 250;
/** Most that one listener is sent, in bytes per second: a large subnet updates less often. */
const BYTES_PER_SECOND = 256 * 1024;

export interface EventStreamOptions {
  changes: Changes;
  clock: Clock;
  /** The newest snapshot as JSON without line breaks. */
  snapshot: () => string;
  /** Ends the stream. */
  signal: AbortSignal;
  /** Called once, however the stream ends. */
  onEnd: () => void;
}

export function eventStream({ changes, clock, snapshot, signal, onEnd }: EventStreamOptions): Response {
  const gone = new AbortController();
  const ended = AbortSignal.any([signal, gone.signal]);
  // A stream that nobody ever read ends too.
  ended.addEventListener("abort", onEnd, { once: true });
  const messages = (async function* () {
    let size = 0;
    const latest = (): string => {
      const data = snapshot();
      size = data.length;
      return `event: snapshot\ndata: ${data}\n\n`;
    };
    const paceMs = () => Math.max(LEAST_PACE_MS, (size / BYTES_PER_SECOND) * 1_000);
    try {
      // Changes are followed from before the first snapshot, so that none falls in between.
      const told = changes.follow({ signal: ended, clock, idleMs: IDLE_MS, paceMs });
      const next = told.next();
      yield `retry: ${RETRY_MS}\n${latest()}`;
      for (let what = await next; !what.done; what = await told.next()) {
        yield what.value === "change" ? latest() : `event: idle\ndata: ${clock.now()}\n\n`;
      }
    } finally {
      gone.abort();
    }
  })();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await messages.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        gone.abort();
        await messages.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      // Some proxies collect a response before they pass it on.
      "x-accel-buffering": "no",
    },
  });
}
