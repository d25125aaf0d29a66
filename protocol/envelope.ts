/**
 * The wire form of every message: one header line of fields separated by single blanks, then the body.
 * Readable with `nats sub`, and cheap: writing and reading 128 B take a quarter of a microsecond each.
 *
 *   orr1 j call miner.submission.input@1 k3v9x2m1 = - mfq1zr3k 00-0af7…319c-b7ad…3331-01 validator-3 [seq]
 *   {"subnet":"longcontext","round":12,"kind":"code"}
 *
 * Fields: format, body kind (`j` JSON, `b` bytes, `-` none), frame type, schema@version, message id,
 * correlation id (`=`: the message starts its conversation), causation id (`-`: nothing caused it), absolute
 * deadline in base 36 milliseconds (`-`: none), W3C traceparent (`-`: none), sender, and for stream frames a
 * number in base 36.
 */
import { Failure } from "./failure.ts";
import { endOfId, endOfNumber, endOfTrace, isBlank, NONE, numberIn } from "./header-fields.ts";
import { parseJson, writeJson } from "./json-text.ts";

/** Longest header line in bytes, newline included. */
export const HEADER_LIMIT = 1_024;
/** Longest message, correlation and causation id: a job's idempotency key fits. */
export const MESSAGE_ID_LIMIT = 384;

/**
 * `call` asks, `ok` and `err` answer, `event` announces, `job` is durable work.
 * `open` asks for a stream and its number is the first credit; answered by `open` with the stream's id, which
 * is repeated while nothing else is said. `chunk` numbers count from 0. `credit` carries the
 * total number of chunks granted so far, so that a repeated frame is harmless. `end` carries the number of
 * chunks sent and a `StreamEnd` body; `cancel` the number of chunks received, 0 when it cancels a request. A stream that fails ends in `err`.
 */
export const STREAM_FRAMES = ["open", "chunk", "credit", "end", "cancel"] as const;
export const FRAME_TYPES = ["call", "ok", "err", "event", "job", ...STREAM_FRAMES] as const;
export type FrameType = (typeof FRAME_TYPES)[number];

export interface FrameHeader {
  readonly type: FrameType;
  /** Name of the body's schema, e.g. `sandbox.run.input`; frames without a body of their own name the method's. */
  readonly schema: string;
  /** Version of the body's schema. */
  readonly version: number;
  readonly id: string;
  /** First message of the conversation; leave out to start one. */
  readonly correlation?: string | undefined;
  /** Id of the message that made the sender send this one. */
  readonly causation?: string | undefined;
  /** Milliseconds since the Unix epoch; expired messages are dropped, never executed. */
  readonly deadline?: number | undefined;
  /** W3C traceparent. */
  readonly trace?: string | undefined;
  /** Node name. For people: only the subject is authenticated. */
  readonly sender: string;
  /** Stream frames and `cancel` only. */
  readonly seq?: number | undefined;
}

const BEGINNING = new RegExp(
  `^orr1 [jb-] (${FRAME_TYPES.join("|")}) ([a-z][a-zA-Z0-9.-]{0,95})@([1-9][0-9]{0,3}) `,
);
const SENDER_LIMIT = 128;

const STREAM_FRAME: ReadonlySet<string> = new Set(STREAM_FRAMES);
const NEWLINE = 0x0a;
const DASH = 0x2d;
const EQUALS = 0x3d;
/** Where the kind of the body stands: behind `orr1 `. */
const KIND_AT = 5;
const JSON_KIND = 0x6a;
const BYTES_KIND = 0x62;
const encoder = new TextEncoder();
// Fatal: bytes that are not UTF-8 are refused instead of silently replaced.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface Beginning {
  /** As it stands in the line, with the blank behind it. */
  readonly text: string;
  readonly type: FrameType;
  readonly schema: string;
  readonly version: number;
  /** Its frames carry a number. */
  readonly numbered: boolean;
}

/** A decoded message. Header fields are checked; the body is parsed when asked for, so that expired ones cost nothing. */
export class Envelope {
  readonly type: FrameType;
  readonly schema: string;
  readonly version: number;
  readonly id: string;
  readonly correlation: string;
  readonly causation: string | undefined;
  readonly deadline: number | undefined;
  readonly trace: string | undefined;
  readonly sender: string;
  readonly seq: number | undefined;
  readonly #body: string | Uint8Array | undefined;

  /** By position, and not from an object of fields: there is one for each message. */
  constructor(
    beginning: Beginning,
    id: string,
    correlation: string,
    causation: string | undefined,
    deadline: number | undefined,
    trace: string | undefined,
    sender: string,
    seq: number | undefined,
    body: string | Uint8Array | undefined,
  ) {
    this.type = beginning.type;
    this.schema = beginning.schema;
    this.version = beginning.version;
    this.id = id;
    this.correlation = correlation;
    this.causation = causation;
    this.deadline = deadline;
    this.trace = trace;
    this.sender = sender;
    this.seq = seq;
    this.#body = body;
  }

  /** The body as it travelled: JSON as text. */
  get raw(): string | Uint8Array | undefined {
    return this.#body;
  }

  /** The JSON value, the bytes (a view, not a copy), or undefined. Not validated. Throws `malformed`. */
  body(): unknown {
    return typeof this.#body === "string" ? parseJson(this.#body) : this.#body;
  }
}

export const tooLarge = (what: string, bytes: number, limit: number): Failure =>
  new Failure("too-large", `${what} is larger than ${limit} bytes`, {
    meta: { bytes, limit },
    hint: "Send large content as a blob.",
  });

export interface EncodeOptions {
  /** Largest body in bytes. */
  maxBytes: number;
  /** The header was made of checked parts only: our own ids, a checked sender, fields of a decoded message. */
  trusted?: boolean;
}

/** How a header begins is the same in the next one: what was written or found good is kept, up to this many. */
const KEPT_LIMIT = 1_024;
/** By type and schema. */
const writtenBeginnings = new Map<string, Map<string, { version: number; text: string }>>();
const readBeginnings = new Map<string, Beginning>();
/** That of the header read last: a burst of messages differs in nothing but what follows. */
let last: Beginning | undefined;

function keep<T>(known: Map<string, T>, text: string, value: T): T {
  if (known.size >= KEPT_LIMIT) known.clear();
  known.set(text, value);
  return value;
}

/** A part of a text keeps the whole text alive; a copy does not. */
const copyOf = (text: string): string => Buffer.from(text, "latin1").toString("latin1");

function beginningIn(text: string): Beginning | undefined {
  if (last !== undefined && text.startsWith(last.text)) return last;
  const typeEnd = text.indexOf(" ", 7); // behind `orr1 j `
  const known = readBeginnings.get(text.slice(0, text.indexOf(" ", typeEnd + 1) + 1));
  if (known !== undefined) return (last = known);
  const fields = BEGINNING.exec(text.slice(0, HEADER_LIMIT));
  if (fields === null) return undefined;
  const [whole = "", type = "", schema = "", version] = fields.map(copyOf);
  const numbered = STREAM_FRAME.has(type);
  const beginning = { text: whole, type: type as FrameType, schema, version: Number(version), numbered };
  return (last = keep(readBeginnings, beginning.text, beginning));
}

/** A message whose header line ends at `newline`; undefined when it is none. */
function envelopeIn(
  text: string,
  newline: number,
  body: string | Uint8Array | undefined,
): Envelope | undefined {
  const beginning = beginningIn(text);
  if (beginning === undefined) return undefined;
  const idAt = beginning.text.length;
  const idEnd = endOfId(text, idAt, MESSAGE_ID_LIMIT);
  if (!isBlank(text, idEnd)) return undefined;
  const starts = text.charCodeAt(idEnd + 1) === EQUALS;
  const correlationEnd = starts ? idEnd + 2 : endOfId(text, idEnd + 1, MESSAGE_ID_LIMIT);
  if (!isBlank(text, correlationEnd)) return undefined;
  const uncaused = text.charCodeAt(correlationEnd + 1) === DASH;
  const causationEnd = uncaused ? correlationEnd + 2 : endOfId(text, correlationEnd + 1, MESSAGE_ID_LIMIT);
  if (!isBlank(text, causationEnd)) return undefined;
  const timeless = text.charCodeAt(causationEnd + 1) === DASH;
  const deadlineEnd = timeless ? causationEnd + 2 : endOfNumber(text, causationEnd + 1);
  if (!isBlank(text, deadlineEnd)) return undefined;
  const traceless = text.charCodeAt(deadlineEnd + 1) === DASH;
  const traceEnd = traceless ? deadlineEnd + 2 : endOfTrace(text, deadlineEnd + 1);
  if (!isBlank(text, traceEnd)) return undefined;
  const senderEnd = endOfId(text, traceEnd + 1, SENDER_LIMIT);
  if (senderEnd === NONE) return undefined;
  const { numbered } = beginning;
  if (numbered && !isBlank(text, senderEnd)) return undefined;
  if ((numbered ? endOfNumber(text, senderEnd + 1) : senderEnd) !== newline) return undefined;
  const id = text.slice(idAt, idEnd);
  return new Envelope(
    beginning,
    id,
    starts ? id : text.slice(idEnd + 1, correlationEnd),
    uncaused ? undefined : text.slice(correlationEnd + 1, causationEnd),
    timeless ? undefined : numberIn(text, causationEnd + 1, deadlineEnd),
    traceless ? undefined : text.slice(deadlineEnd + 1, traceEnd),
    text.slice(traceEnd + 1, senderEnd),
    numbered ? numberIn(text, senderEnd + 1, newline) : undefined,
    body,
  );
}

/** What comes before a message's id. */
export const beginningText = (kind: string, type: FrameType, schema: string, version: number): string =>
  `orr1 ${kind} ${type} ${schema}@${version} `;

function beginningOf({ type, schema, version }: FrameHeader, kind: string): string {
  let ofType = writtenBeginnings.get(type);
  if (ofType === undefined) writtenBeginnings.set(type, (ofType = new Map()));
  const known = ofType.get(schema);
  if (known?.version === version && known.text[5] === kind) return known.text;
  return keep(ofType, schema, { version, text: beginningText(kind, type, schema, version) }).text;
}

function headerOf(header: FrameHeader, kind: string, options: EncodeOptions): string {
  const { correlation, deadline, seq } = header;
  const line = `${beginningOf(header, kind)}${header.id} ${
    correlation === undefined || correlation === header.id ? "=" : correlation
  } ${header.causation ?? "-"} ${deadline === undefined ? "-" : deadline.toString(36)} ${header.trace ?? "-"} ${
    seq === undefined ? header.sender : `${header.sender} ${seq.toString(36)}`
  }`;
  if (options.trusted !== true) checkHeader(header, line);
  if (line.length >= HEADER_LIMIT) throw tooLarge("envelope header", line.length, HEADER_LIMIT);
  return line;
}

function checkHeader({ type, seq }: FrameHeader, line: string): void {
  if (
    envelopeIn(`${line}\n`, line.length, undefined) === undefined ||
    STREAM_FRAME.has(type) !== (seq !== undefined)
  ) {
    throw new Failure("malformed", "envelope header has a field that cannot travel", {
      meta: { header: line.slice(0, 500) },
      hint: "Ids and senders are letters, digits and ._:/- only; only stream frames carry seq.",
    });
  }
}

/** A message on its way to a transport: text where it is JSON, which is sent as UTF-8. */
export type Message = string | Uint8Array<ArrayBuffer>;

/**
 * One message. `body` is a JSON value, bytes, or undefined for none.
 * Throws `malformed` or `too-large` when the receiver would refuse it.
 */
export function writeEnvelope(header: FrameHeader, body: unknown, options: EncodeOptions): Message {
  if (body instanceof Uint8Array) {
    const line = bytesHeader(header, body.length, options);
    // Not zeroed first: every byte is written. Not from the pool: the bytes live on in the transport.
    const message = Buffer.allocUnsafeSlow(line.length + body.length);
    message.write(line, "latin1");
    message.set(body, line.length);
    return message;
  }
  if (body === undefined) return `${headerOf(header, "-", options)}\n`;
  return `${headerOf(header, "j", options)}\n${jsonBody(body, options.maxBytes)}`;
}

/** What stands before a body of so many bytes, its line break included. */
export function bytesHeader(header: FrameHeader, bytes: number, options: EncodeOptions): string {
  if (bytes > options.maxBytes) throw tooLarge("message body", bytes, options.maxBytes);
  return `${headerOf(header, "b", options)}\n`;
}

/** The same as bytes. */
export function encodeEnvelope(
  header: FrameHeader,
  body: unknown,
  options: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const message = writeEnvelope(header, body, options);
  return typeof message === "string" ? encoder.encode(message) : message;
}

const MOST_BYTES_OF_CHARACTER = 3;

/** A body as JSON of at most `maxBytes` in UTF-8. */
export function jsonBody(body: unknown, maxBytes: number): string {
  const json = writeJson(body);
  // Bytes are counted only where it could be close.
  if (json.length * MOST_BYTES_OF_CHARACTER > maxBytes) {
    const bytes = Buffer.byteLength(json);
    if (bytes > maxBytes) throw tooLarge("message body", bytes, maxBytes);
  }
  return json;
}

function malformedHeader(line: string): Failure {
  const version = /^orr(\d{1,4}) /.exec(line)?.[1];
  if (version !== undefined && version !== "1") {
    return new Failure("unknown-version", `envelope format ${version} is not known here`, {
      hint: "Upgrade this node.",
    });
  }
  return new Failure("malformed", "not an Orrery envelope", { meta: { header: line.slice(0, 200) } });
}

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new Failure("malformed", "message is not UTF-8", { cause });
  }
}

/**
 * Takes a message apart: its bytes, or the same as text when it is ASCII. Throws only `malformed`, `too-large` and
 * `unknown-version`.
 */
export function decodeEnvelope(message: Uint8Array | string, options: { maxBytes: number }): Envelope {
  // Before anything is decoded: no size is trusted.
  if (message.length > options.maxBytes + HEADER_LIMIT) {
    throw tooLarge("message", message.length, options.maxBytes + HEADER_LIMIT);
  }
  const isText = typeof message === "string";
  const newline = isText ? message.indexOf("\n") : message.indexOf(NEWLINE);
  if (newline === -1 || newline >= HEADER_LIMIT) {
    throw malformedHeader(isText ? message.slice(0, 64) : decodeText(message.subarray(0, 64)));
  }
  const size = message.length - newline - 1;
  if (size > options.maxBytes) throw tooLarge("message body", size, options.maxBytes);
  const kind = isText ? message.charCodeAt(KIND_AT) : message[KIND_AT];
  const text = isText ? message : decodeText(kind === JSON_KIND ? message : message.subarray(0, newline + 1));
  const envelope = envelopeIn(text, newline, bodyOf(message, kind, text, newline));
  if (envelope === undefined) throw malformedHeader(text.slice(0, newline));
  return envelope;
}

/** What stands behind the header line, as the kind announces it. */
function bodyOf(
  message: Uint8Array | string,
  kind: number | undefined,
  text: string,
  newline: number,
): string | Uint8Array | undefined {
  if (kind === JSON_KIND) return text.slice(newline + 1);
  if (kind === BYTES_KIND) {
    return typeof message === "string"
      ? encoder.encode(message.slice(newline + 1))
      : message.subarray(newline + 1);
  }
  if (message.length > newline + 1) throw malformedHeader(text.slice(0, newline));
  return undefined;
}
