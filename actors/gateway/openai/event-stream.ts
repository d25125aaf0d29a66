/** An answer as server-sent events, made only as fast as they are read. */
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

  let left = false;
  let next: Promise<IteratorResult<GenerateChunk>> | undefined = Promise.resolve(options.first);
  let before = opening(head).map(data).join("");
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const beat = clock.every(KEEP_ALIVE_MS, () => controller.enqueue(encoder.encode(": still here\n\n")));
        try {
          for (;;) {
            const { done, value } = await (next ?? chunks.next());
            next = undefined;
            if (left) return;
            if (done) return controller.close();
            const text = before + textOf(value);
            before = "";
            if (text === "") continue;
            return controller.enqueue(encoder.encode(text));
          }
        } catch (thrown) {
          if (left) return;
          options.onError(thrown);
          controller.enqueue(encoder.encode(data(openAiError(thrown).body)));
          controller.close();
        } finally {
          beat.cancel();
        }
      },
      async cancel() {
        left = true;
        options.onLeave();
        await chunks.return?.();
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
