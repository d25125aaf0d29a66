/**
 * The wire form of every message: one header line of fields separated by single blanks, then the body.
 * Readable with `nats sub`, and cheap: encoding and decoding 128 B take about half a microsecond.
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

const SCHEMA = "[a-z][a-zA-Z0-9.-]{0,95}";
const VERSION = "[1-9][0-9]{0,3}";
const ID = `[A-Za-z0-9][A-Za-z0-9._:/-]{0,${MESSAGE_ID_LIMIT - 1}}`;
const TRACE = "00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}";
const NUMBER = "(?:0|[1-9a-z][0-9a-z]{0,9})";
const BEGINNING = new RegExp(`^orr1 ([jb-]) (${FRAME_TYPES.join("|")}) (${SCHEMA})@(${VERSION})$`);
const ONLY_ID = new RegExp(`^${ID}$`);
const ENDING = new RegExp(
  `^ (=|${ID}) (-|${ID}) (-|${NUMBER}) (-|${TRACE}) ([A-Za-z0-9][A-Za-z0-9._:/-]{0,127})(?: (${NUMBER}))?$`,
);

const STREAM_FRAME: ReadonlySet<string> = new Set(STREAM_FRAMES);
const NEWLINE = 0x0a;
const JSON_KIND = 0x6a;
/** Where the frame type begins: behind `orr1 j `. */
const BODY_KIND_END = 7;
const encoder = new TextEncoder();
// Fatal: bytes that are not UTF-8 are refused instead of silently replaced.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface Beginning {
  /** As it stands in the line, with the blank behind it. */
  readonly text: string;
  readonly kind: string;
  readonly type: FrameType;
  readonly schema: string;
  readonly version: number;
}

interface Ending {
  readonly text: string;
  /** Undefined: the message starts its conversation. */
  readonly correlation: string | undefined;
  readonly causation: string | undefined;
  readonly deadline: number | undefined;
  readonly trace: string | undefined;
  readonly sender: string;
  readonly seq: number | undefined;
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

  constructor(beginning: Beginning, id: string, ending: Ending, body: string | Uint8Array | undefined) {
    this.type = beginning.type;
    this.schema = beginning.schema;
    this.version = beginning.version;
    this.id = id;
    this.correlation = ending.correlation ?? id;
    this.causation = ending.causation;
    this.deadline = ending.deadline;
    this.trace = ending.trace;
    this.sender = ending.sender;
    this.seq = ending.seq;
    this.#body = body;
  }

  /** The JSON value, the bytes (a view, not a copy), or undefined. Not validated. Throws `malformed`. */
  body(): unknown {
    return typeof this.#body === "string" ? parseJson(this.#body) : this.#body;
  }
}

const tooLarge = (what: string, bytes: number, limit: number): Failure =>
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

/** Most of a header is the same in the next one: parts that were written or found good are kept, up to this many. */
const KEPT_LIMIT = 1_024;
/** By type and schema. */
const writtenBeginnings = new Map<string, Map<string, { version: number; text: string }>>();
const readBeginnings = new Map<string, Beginning>();
/** Only those without deadline and trace, which come again: one or two for each sender. */
const readEndings = new Map<string, Ending>();

function keep<T>(known: Map<string, T>, text: string, value: T): T {
  if (known.size >= KEPT_LIMIT) known.clear();
  known.set(text, value);
  return value;
}

/** A part of a text keeps the whole text alive; a copy does not. */
const copyOf = (text: string): string => Buffer.from(text, "latin1").toString("latin1");

function beginningIn(part: string): Beginning | undefined {
  const text = copyOf(part);
  const fields = BEGINNING.exec(text);
  if (fields === null) return undefined;
  const [, kind = "", type, schema = "", version] = fields;
  return keep(readBeginnings, text, {
    text: `${text} `,
    kind,
    type: type as FrameType,
    schema,
    version: Number(version),
  });
}

function endingIn(part: string): Ending | undefined {
  const constant = part.startsWith(" = - - - ");
  const text = constant ? copyOf(part) : part;
  const fields = ENDING.exec(text);
  if (fields === null) return undefined;
  // By index: taking an array apart by pattern would run its iterator, at a third of the whole cost.
  const ending: Ending = {
    text,
    correlation: fields[1] === "=" ? undefined : fields[1],
    causation: fields[2] === "-" ? undefined : fields[2],
    deadline: fields[3] === "-" ? undefined : Number.parseInt(fields[3]!, 36),
    trace: fields[4] === "-" ? undefined : fields[4],
    sender: fields[5]!,
    seq: fields[6] === undefined ? undefined : Number.parseInt(fields[6], 36),
  };
  return constant && ending.seq === undefined ? keep(readEndings, text, ending) : ending;
}

interface Header {
  readonly beginning: Beginning;
  readonly id: string;
  readonly ending: Ending;
}

/** Kept parts of the header read last: a burst of announcements differs in nothing but the ids. */
let last: Omit<Header, "id"> | undefined;

function likeTheLast(line: string): Header | undefined {
  if (last === undefined) return undefined;
  const { beginning, ending } = last;
  if (!line.startsWith(beginning.text) || !line.endsWith(ending.text)) return undefined;
  const id = line.slice(beginning.text.length, line.length - ending.text.length);
  return ONLY_ID.test(id) ? { beginning, id, ending } : undefined;
}

/** A header line taken apart; undefined when it is none. */
function headerIn(line: string): Header | undefined {
  const like = likeTheLast(line);
  if (like !== undefined) return like;
  const idAt = line.indexOf(" ", line.indexOf(" ", BODY_KIND_END) + 1) + 1;
  const idEnd = line.indexOf(" ", idAt);
  if (idAt === 0 || idEnd === -1) return undefined;
  const start = line.slice(0, idAt - 1);
  const beginning = readBeginnings.get(start) ?? beginningIn(start);
  const id = line.slice(idAt, idEnd);
  if (beginning === undefined || !ONLY_ID.test(id)) return undefined;
  const rest = line.slice(idEnd);
  const known = readEndings.get(rest);
  if (known !== undefined) last = { beginning, ending: known };
  const ending = known ?? endingIn(rest);
  return ending === undefined ? undefined : { beginning, id, ending };
}

function beginningOf({ type, schema, version }: FrameHeader, kind: string): string {
  let ofType = writtenBeginnings.get(type);
  if (ofType === undefined) writtenBeginnings.set(type, (ofType = new Map()));
  const known = ofType.get(schema);
  if (known?.version === version && known.text[5] === kind) return known.text;
  return keep(ofType, schema, { version, text: `orr1 ${kind} ${type} ${schema}@${version} ` }).text;
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
  if (headerIn(line) === undefined || STREAM_FRAME.has(type) !== (seq !== undefined)) {
    throw new Failure("malformed", "envelope header has a field that cannot travel", {
      meta: { header: line.slice(0, 500) },
      hint: "Ids and senders are letters, digits and ._:/- only; only stream frames carry seq.",
    });
  }
}

/**
 * One message as bytes. `body` is a JSON value, bytes, or undefined for none.
 * Throws `malformed` or `too-large` when the receiver would refuse it.
 */
export function encodeEnvelope(
  header: FrameHeader,
  body: unknown,
  options: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) {
    if (body.length > options.maxBytes) throw tooLarge("message body", body.length, options.maxBytes);
    const line = `${headerOf(header, "b", options)}\n`;
    // Not zeroed first: every byte is written. Not from the pool: the bytes live on in the transport.
    const message = Buffer.allocUnsafeSlow(line.length + body.length);
    message.write(line, "latin1");
    message.set(body, line.length);
    return message;
  }
  if (body === undefined) return encoder.encode(`${headerOf(header, "-", options)}\n`);
  const line = headerOf(header, "j", options);
  const message = encoder.encode(`${line}\n${writeJson(body)}`);
  const size = message.length - line.length - 1;
  if (size > options.maxBytes) throw tooLarge("message body", size, options.maxBytes);
  return message;
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
  const json = (isText ? message.charCodeAt(5) : message[5]) === JSON_KIND;
  const text = isText ? message : decodeText(json ? message : message.subarray(0, newline));
  const line = text.length === newline ? text : text.slice(0, newline);
  const header = headerIn(line);
  if (header === undefined) throw malformedHeader(line);
  const { beginning, id, ending } = header;
  if (STREAM_FRAME.has(beginning.type) !== (ending.seq !== undefined)) throw malformedHeader(line);
  if (json) return new Envelope(beginning, id, ending, text.slice(newline + 1));
  if (beginning.kind === "-") {
    if (size > 0) throw malformedHeader(line);
    return new Envelope(beginning, id, ending, undefined);
  }
  const body = isText ? encoder.encode(message.slice(newline + 1)) : message.subarray(newline + 1);
  return new Envelope(beginning, id, ending, body);
}
