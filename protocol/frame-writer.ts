/**
 * The frames that a busy node writes most, without a header object and without a check of what we made ourselves:
 * the same text as `encodeEnvelope`, at half the cost.
 */
import { HEADER_LIMIT, jsonBody, tooLarge } from "./envelope.ts";

/** Of a chunk, with the line's end. */
const NUMBER_CHARS = 12;

/** A message that was decoded, or what is known of it: its ids are not checked again. */
interface Cause {
  readonly correlation: string;
  readonly id: string;
}

export class FrameWriter {
  /** What ends the header of a `call`, and of a frame without deadline and trace. */
  readonly #sender: string;
  readonly #plain: string;
  /** Calls of one millisecond have the same deadline, as a rule. */
  #deadline = Number.NaN;
  #deadlineText = "";
  #uncaused = "";

  /** `sender` is checked by the caller. */
  constructor(sender: string) {
    this.#sender = ` ${sender}\n`;
    this.#plain = ` - - ${sender}\n`;
  }

  /** A question, and the message that made us ask it; `beginning` as `beginningText` makes it. */
  call(
    beginning: string,
    id: string,
    cause: Cause | undefined,
    deadline: number,
    trace: string,
    body: unknown,
    maxBytes: number,
  ): string {
    if (deadline !== this.#deadline) {
      this.#deadline = deadline;
      this.#deadlineText = ` ${deadline.toString(36)} `;
      this.#uncaused = ` = -${this.#deadlineText}`;
    }
    const origin =
      cause === undefined ? this.#uncaused : ` ${cause.correlation} ${cause.id}${this.#deadlineText}`;
    return checkedLine(`${beginning}${id}${origin}${trace}${this.#sender}`) + jsonBody(body, maxBytes);
  }

  /** An announcement that nothing caused. */
  event(beginning: string, id: string, body: unknown, maxBytes: number): string {
    return `${beginning}${id} = -${this.#plain}${jsonBody(body, maxBytes)}`;
  }

  /** The answer to a message. */
  ok(beginning: string, id: string, cause: Cause, body: unknown, maxBytes: number): string {
    const line = `${beginning}${id} ${cause.correlation} ${cause.id}${this.#plain}`;
    return checkedLine(line) + jsonBody(body, maxBytes);
  }

  /** What all chunks of the stream `id` begin with, which the message `causation` asked for. */
  chunks(
    beginning: string,
    id: string,
    { correlation, id: causation }: { correlation: string; id: string },
  ): string {
    const line = `${beginning}${id} ${correlation} ${causation}${this.#plain}`.replace("\n", " ");
    if (line.length + NUMBER_CHARS > HEADER_LIMIT)
      throw tooLarge("envelope header", line.length, HEADER_LIMIT);
    return line;
  }

  /** A chunk of a stream; `beginning` as `chunks` makes it, `json` as `jsonBody` does. */
  chunk(beginning: string, seq: number, json: string): string {
    return `${beginning}${seq.toString(36)}\n${json}`;
  }
}

/** The ids of others may be long. */
function checkedLine(line: string): string {
  if (line.length > HEADER_LIMIT) throw tooLarge("envelope header", line.length, HEADER_LIMIT);
  return line;
}
