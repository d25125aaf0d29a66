/** An answer as server-sent events, made only a little faster than they are read. */
import type { ModelUsage } from "../../../protocol/model.ts";
import type { Clock, Timer } from "../../../runtime/ports/clock.ts";
import {
  type AnswerChunk,
  type AnswerHead,
  type EchoChunk,
  endEvent,
  opening,
  textEvent,
  toolCallsEvent,
  usageEvent,
  usageOf,
} from "./answer-body.ts";
import type { Said } from "./answers.ts";
import { openAiError } from "./errors.ts";

export interface EventStreamOptions {
  head: AnswerHead;
  /** Ended when the reader leaves: stops the model. */
  answers: AsyncIterator<Said, undefined>;
  /** The first word of any choice: what fails before it is an error with a status, not a stream. */
  first: IteratorResult<Said, undefined>;
  choices: number;
  /** Choices of one prompt. */
  each: number;
  includeUsage: boolean;
  clock: Clock;
  onError: (thrown: unknown) => void;
}

/** A comment this often keeps proxies from closing a connection on which a long prompt is being read. */
const KEEP_ALIVE_MS = 10_000;

const data = (body: unknown): string => `data: ${JSON.stringify(body)}\n\n`;

/** Written straight to the connection: what waits there holds the answer back, and through it the model. */
export function eventStream(options: EventStreamOptions): Response {
  const { head, answers, choices, clock } = options;
  const texts = Array.from({ length: choices }, (_, index) => eventTexts(head, index, choices));
  const usages: ModelUsage[] = [];
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
      if (head.kind === "chat") say(texts.map((_, index) => data(opening(head, index))).join(""));
      for (let next = options.first; next.done !== true && !left; next = await answers.next()) {
        const { choice, chunk } = next.value;
        if (chunk.type === "end") usages[choice] = chunk.usage;
        const text = texts[choice]!(chunk);
        if (text === "") continue;
        const written = say(text);
        if (typeof written === "number") continue;
        waits = true;
        await written;
        waits = false;
      }
      if (!left) say(closing());
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
    await answers.return?.();
  }

  function closing(): string {
    const usage = options.includeUsage ? data(usageEvent(head, usageOf(usages, options.each))) : "";
    return `${usage}data: [DONE]\n\n`;
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

/** Each chunk of a choice as what is sent for it. */
function eventTexts(head: AnswerHead, index: number, choices: number): (chunk: AnswerChunk) => string {
  let offset = 0;
  // Most events differ in nothing but their text.
  const sample = data(textEvent(head, index, { text: PLACE, offset: 0 }));
  const [before = "", after = ""] = sample.split(JSON.stringify(PLACE));
  const whose = choices === 1 ? "" : ` for choice ${index}`;

  function said({
    text,
    logprobs,
  }: Pick<EchoChunk, "text"> & { logprobs?: EchoChunk["logprobs"] | undefined }) {
    const at = offset;
    offset += text.length;
    if (logprobs !== undefined) return data(textEvent(head, index, { text, logprobs, offset: at }));
    return text === "" ? "" : before + JSON.stringify(text) + after;
  }

  return (chunk) => {
    if (chunk.type === "tokens" || chunk.type === "echo") return said(chunk);
    if (chunk.type === "prefill") return `: read ${chunk.done} of ${chunk.total} tokens${whose}\n\n`;
    if (chunk.type === "tool-calls") return data(toolCallsEvent(head, index, chunk.calls));
    return data(endEvent(head, index, chunk));
  };
}
