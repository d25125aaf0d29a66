/** An answer as server-sent events, made only a little faster than they are read. */
import type { GenerateChunk } from "../../../protocol/model.ts";
import type { Clock } from "../../../runtime/ports/clock.ts";
import {
  type AnswerHead,
  endEvent,
  opening,
  tokensEvent,
  toolCallsEvent,
  usageEvent,
} from "./answer-body.ts";
import { openAiError } from "./errors.ts";

export interface EventStreamOptions {
  head: AnswerHead;
  chunks: AsyncIterator<GenerateChunk>;
  /** The first chunk: an answer that fails before it is an error with a status, not a stream. */
  first: IteratorResult<GenerateChunk>;
  includeUsage: boolean;
  clock: Clock;
  /** The reader left: stops the model. */
  onLeave: () => void;
  onError: (thrown: unknown) => void;
}

/** A comment this often keeps proxies from closing a connection on which a long prompt is being read. */
const KEEP_ALIVE_MS = 10_000;

/** Characters made ahead of a reader; then the model waits. */
const WAITING_CHARS = 64 * 1024;

const encoder = new TextEncoder();
const data = (body: unknown): string => `data: ${JSON.stringify(body)}\n\n`;

export function eventStream(options: EventStreamOptions): Response {
  const { head, chunks, clock } = options;
  let offset = 0;

  function textOf(chunk: GenerateChunk): string {
    if (chunk.type === "prefill") return `: read ${chunk.done} of ${chunk.total} tokens\n\n`;
    if (chunk.type === "tool-calls") return data(toolCallsEvent(head, chunk.calls));
    if (chunk.type === "end") {
      return (
        data(endEvent(head, chunk)) +
        (options.includeUsage ? data(usageEvent(head, chunk)) : "") +
        "data: [DONE]\n\n"
      );
    }
    if (chunk.text === "" && chunk.logprobs === undefined) return "";
    const text = data(tokensEvent(head, chunk, offset));
    offset += chunk.text.length;
    return text;
  }

  const waiting = new Waiting();
  const beat = clock.every(KEEP_ALIVE_MS, () => waiting.keepAlive());
  const pump = async (): Promise<void> => {
    waiting.add(opening(head).map(data).join(""));
    try {
      for (let next = options.first; next.done !== true; next = await chunks.next()) {
        waiting.add(textOf(next.value));
        if (waiting.isFull) await waiting.taken();
      }
    } catch (thrown) {
      options.onError(thrown);
      waiting.add(data(openAiError(thrown).body));
    } finally {
      waiting.end();
    }
  };
  const pumped = pump();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const text = await waiting.take();
        if (text !== "") controller.enqueue(encoder.encode(text));
        if (!waiting.isOver) return;
        beat.cancel();
        controller.close();
      },
      async cancel() {
        beat.cancel();
        waiting.leave();
        options.onLeave();
        await chunks.return?.();
        await pumped;
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

/** Text that the reader has not taken yet: a slow one gets more at a time, instead of a write for each token. */
class Waiting {
  #text = "";
  #ended = false;
  #left = false;
  #quiet = true;
  #wakeReader: (() => void) | undefined;
  #wakePump: (() => void) | undefined;

  get isFull(): boolean {
    return this.#text.length >= WAITING_CHARS && !this.#left;
  }

  get isOver(): boolean {
    return this.#ended && this.#text === "";
  }

  add(text: string): void {
    if (text === "" || this.#left) return;
    this.#text += text;
    this.#quiet = false;
    this.#wakeReader?.();
  }

  /** Says something when nothing else was said since it was last asked. */
  keepAlive(): void {
    if (this.#quiet) this.add(": still here\n\n");
    this.#quiet = true;
  }

  /** Everything that waits; nothing at the end. */
  async take(): Promise<string> {
    if (this.#text === "" && !this.#ended) await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    this.#wakeReader = undefined;
    const text = this.#text;
    this.#text = "";
    this.#wakePump?.();
    return text;
  }

  taken(): Promise<void> {
    return new Promise((resolve) => (this.#wakePump = resolve));
  }

  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
  }

  leave(): void {
    this.#left = true;
    this.#text = "";
    this.#wakePump?.();
  }
}
