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
const HEADER = new RegExp(
  `^orr1 ([jb-]) (${FRAME_TYPES.join("|")}) (${SCHEMA})@(${VERSION}) (${ID}) (=|${ID}) (-|${ID}) (-|${NUMBER}) (-|${TRACE}) ([A-Za-z0-9][A-Za-z0-9._:/-]{0,127})(?: (${NUMBER}))?$`,
);

const STREAM_FRAME: ReadonlySet<string> = new Set(STREAM_FRAMES);
const NEWLINE = 0x0a;
const JSON_KIND = 0x6a;
const encoder = new TextEncoder();
// Fatal: bytes that are not UTF-8 are refused instead of silently replaced.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

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

  constructor(fields: RegExpExecArray, body: string | Uint8Array | undefined) {
    // By index: taking an array apart by pattern would run its iterator, at a third of the whole cost.
    const id = fields[5]!;
    this.type = fields[2] as FrameType;
    this.schema = fields[3]!;
    this.version = Number(fields[4]);
    this.id = id;
    this.correlation = fields[6] === "=" ? id : fields[6]!;
    this.causation = fields[7] === "-" ? undefined : fields[7];
    this.deadline = fields[8] === "-" ? undefined : Number.parseInt(fields[8]!, 36);
    this.trace = fields[9] === "-" ? undefined : fields[9];
    this.sender = fields[10]!;
    this.seq = fields[11] === undefined ? undefined : Number.parseInt(fields[11], 36);
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

/** What headers of one kind, type and schema begin with: few are ever in use, and most of a header is constant. */
const beginnings = new Map<string, Map<string, { version: number; text: string }>>();
const BEGINNINGS_LIMIT = 4_096;

function beginningOf({ type, schema, version }: FrameHeader, kind: string): string {
  let ofType = beginnings.get(type);
  if (ofType === undefined) beginnings.set(type, (ofType = new Map()));
  const known = ofType.get(schema);
  if (known?.version === version && known.text[5] === kind) return known.text;
  if (ofType.size >= BEGINNINGS_LIMIT) ofType.clear();
  const text = `orr1 ${kind} ${type} ${schema}@${version} `;
  ofType.set(schema, { version, text });
  return text;
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
  if (!HEADER.test(line) || STREAM_FRAME.has(type) !== (seq !== undefined)) {
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

/** Takes a message apart. Throws only `malformed`, `too-large` and `unknown-version`. */
export function decodeEnvelope(bytes: Uint8Array, options: { maxBytes: number }): Envelope {
  // Before anything is decoded: no size is trusted.
  if (bytes.length > options.maxBytes + HEADER_LIMIT) {
    throw tooLarge("message", bytes.length, options.maxBytes + HEADER_LIMIT);
  }
  const newline = bytes.indexOf(NEWLINE);
  if (newline === -1 || newline >= HEADER_LIMIT) throw malformedHeader(decodeText(bytes.subarray(0, 64)));
  const size = bytes.length - newline - 1;
  if (size > options.maxBytes) throw tooLarge("message body", size, options.maxBytes);
  const json = bytes[5] === JSON_KIND;
  const text = decodeText(json ? bytes : bytes.subarray(0, newline));
  const line = json ? text.slice(0, newline) : text;
  const fields = HEADER.exec(line);
  if (fields === null) throw malformedHeader(line);
  if (STREAM_FRAME.has(fields[2]!) !== (fields[11] !== undefined)) throw malformedHeader(line);
  if (json) return new Envelope(fields, text.slice(newline + 1));
  if (fields[1] === "-" && size > 0) throw malformedHeader(line);
  return new Envelope(fields, fields[1] === "b" ? bytes.subarray(newline + 1) : undefined);
}
