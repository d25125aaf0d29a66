/** An answer as server-sent events, made only a little faster than they are read. */
import type { GenerateChunk } from "../../../protocol/model.ts";
import type { Clock, Timer } from "../../../runtime/ports/clock.ts";
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

const data = (body: unknown): string => `data: ${JSON.stringify(body)}\n\n`;

/** Written straight to the connection: what waits there holds the answer back, and through it the model. */
export function eventStream(options: EventStreamOptions): Response {
  const { head, chunks, clock } = options;
  const textOf = eventTexts(head, options.includeUsage);
  let left = false;
  let quiet = true;
  let beat: Timer | undefined;

  async function pull(connection: ReadableStreamDirectController): Promise<void> {
    // Bytes written in one turn of the event loop leave together.
    const say = (text: string): number | Promise<number> => {
      quiet = false;
      return connection.write(text);
    };
    let waits = false;
    beat = clock.every(KEEP_ALIVE_MS, () => {
      if (quiet && !waits) say(": still here\n\n");
      quiet = true;
    });
    try {
      say(opening(head).map(data).join(""));
      for (let next = options.first; next.done !== true && !left; next = await chunks.next()) {
        const text = textOf(next.value);
        if (text === "") continue;
        const written = say(text);
        if (typeof written === "number") continue;
        waits = true;
        await written;
        waits = false;
      }
    } catch (thrown) {
      if (!left) {
        options.onError(thrown);
        say(data(openAiError(thrown).body));
      }
    } finally {
      beat.cancel();
      connection.end();
    }
  }

  async function cancel(): Promise<void> {
    left = true;
    beat?.cancel();
    options.onLeave();
    await chunks.return?.();
  }

  const source: Bun.DirectUnderlyingSource<Uint8Array> = { type: "direct", pull, cancel };
  // The types are the browser's, where there are no direct streams.
  return new Response(new ReadableStream(source as unknown as UnderlyingSource<Uint8Array>), {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      // Some proxies collect a response before they pass it on.
      "x-accel-buffering": "no",
    },
  });
}

/** Stands where the text of a token goes: no name of a model has it. */
const PLACE = "\u0000";

/** Each chunk as what is sent for it. */
function eventTexts(head: AnswerHead, includeUsage: boolean): (chunk: GenerateChunk) => string {
  let offset = 0;
  // Most events differ in nothing but their text.
  const sample = { type: "tokens" as const, seq: 0, tokens: [], text: PLACE };
  const [before = "", after = ""] = data(tokensEvent(head, sample, 0)).split(JSON.stringify(PLACE));

  function tokensText(chunk: Extract<GenerateChunk, { type: "tokens" }>): string {
    const { text, logprobs } = chunk;
    const at = offset;
    offset += text.length;
    if (logprobs !== undefined) return data(tokensEvent(head, chunk, at));
    return text === "" ? "" : before + JSON.stringify(text) + after;
  }

  return (chunk) => {
    if (chunk.type === "tokens") return tokensText(chunk);
    if (chunk.type === "prefill") return `: read ${chunk.done} of ${chunk.total} tokens\n\n`;
    if (chunk.type === "tool-calls") return data(toolCallsEvent(head, chunk.calls));
    const usage = includeUsage ? data(usageEvent(head, chunk)) : "";
    return `${data(endEvent(head, chunk))}${usage}data: [DONE]\n\n`;
  };
}
