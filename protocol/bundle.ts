/**
 * Small messages that go to the same place in one turn of the event loop travel as one:
 *
 *   orr1b -:187 -:190
 *   orr1 j event nodes.report.input@1 …
 *
 * The first line names for each message the last token of its subject (`-`: that of the bundle) and its size in
 * bytes; the messages follow each other. Only subjects below a token that begins with `~` may differ: whoever may
 * publish to one of them may speak on all its siblings, so an asker gives each subject that it asks a `~` of its own.
 */

/** Largest bundle in bytes, and the most messages in one. */
export const BUNDLE_BYTES = 64 * 1024;
export const BUNDLE_MESSAGES = 1_024;
/** Begins the token under which answers may share a message. */
export const SIBLINGS = "~";

const MAGIC = "orr1b ";
const TOKEN_LIMIT = 12;
const SIZE_DIGITS = 5;
const NEWLINE = 0x0a;
const BLANK = 0x20;
const DASH = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
const NONE = -1;

export interface Bundled {
  /** Last token of the subject; undefined for the subject on which the bundle itself travels. */
  readonly token: string | undefined;
  /** Text travels as UTF-8. */
  readonly data: Uint8Array | string;
}

/** A message of a bundle that arrived. */
export class Unbundled {
  /** What stands before the last dot of the subject, and behind it. */
  readonly place: string | undefined;
  readonly token: string | undefined;
  /** The message as text, when all of the bundle is ASCII: decoded once for all. */
  readonly text: string | undefined;
  readonly reply = undefined;
  readonly #subject: string;
  readonly #bundle: Uint8Array;
  readonly #at: number;
  readonly #end: number;

  /** Without a place the message was on `subject`, as the bundle. */
  constructor(
    subject: string,
    place: string | undefined,
    token: string | undefined,
    text: string | undefined,
    bundle: Uint8Array,
    at: number,
    end: number,
  ) {
    this.place = place;
    this.token = token;
    this.text = text;
    this.#subject = subject;
    this.#bundle = bundle;
    this.#at = at;
    this.#end = end;
  }

  get subject(): string {
    return this.place === undefined ? this.#subject : `${this.place}.${this.token}`;
  }

  /** A view. */
  get data(): Uint8Array {
    return this.#bundle.subarray(this.#at, this.#end);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** ASCII alone has as many characters as bytes in UTF-8. */
function asciiOf(bytes: Uint8Array): string | undefined {
  const text = decoder.decode(bytes);
  return text.length === bytes.length && !text.includes("\ufffd") ? text : undefined;
}

/** True for what claims to be a bundle. No envelope does. */
export function isBundle(bytes: Uint8Array): boolean {
  // `orr1b` against `orr1 `: the fifth byte tells them apart in nearly every case.
  if (bytes[4] !== 0x62) return false;
  for (let at = 0; at < MAGIC.length; at++) if (bytes[at] !== MAGIC.charCodeAt(at)) return false;
  return true;
}

/** Where a message may be bundled: the parent of an answer's subject, or the subject itself. */
export function bundlePlace(subject: string): { place: string; token: string | undefined } {
  const last = subject.lastIndexOf(".");
  const parent = subject.lastIndexOf(".", last - 1);
  return subject[parent + 1] === SIBLINGS && parent !== last
    ? { place: subject.slice(0, last), token: subject.slice(last + 1) }
    : { place: subject, token: undefined };
}

/** What a message takes in a bundle at most: bytes, or characters of a text. */
export const bundledSize = (data: Uint8Array | string): number => data.length + 20;

export function encodeBundle(messages: readonly Bundled[]): Uint8Array {
  return textBundle(messages) ?? bytesBundle(messages);
}

const lineOf = (messages: readonly Bundled[]): string => {
  let line = "orr1b";
  for (const { token, data } of messages) line += ` ${token ?? "-"}:${data.length}`;
  return `${line}\n`;
};

/** All at once; undefined when not all of it is ASCII. */
function textBundle(messages: readonly Bundled[]): Uint8Array | undefined {
  const pieces = [lineOf(messages)];
  for (const { data } of messages) {
    if (typeof data !== "string") return undefined;
    pieces.push(data);
  }
  const text = pieces.join("");
  const bytes = encoder.encode(text);
  // Only then are the sizes of the line, which counts characters, sizes in bytes.
  return bytes.length === text.length ? bytes : undefined;
}

function bytesBundle(messages: readonly Bundled[]): Uint8Array {
  const encoded = messages.map(({ token, data }) => ({
    token,
    data: typeof data === "string" ? encoder.encode(data) : data,
  }));
  const line = lineOf(encoded);
  const bytes = Buffer.allocUnsafe(encoded.reduce((size, { data }) => size + data.length, line.length));
  let at = bytes.write(line, "latin1");
  for (const { data } of encoded) {
    bytes.set(data, at);
    at += data.length;
  }
  return bytes;
}

/**
 * The messages of a bundle that arrived on `subject`, as views of its bytes; undefined when it is not exactly a bundle
 * within its bounds. Only below `~` may it speak on other subjects than its own.
 */
export function decodeBundle(bytes: Uint8Array, subject: string): Unbundled[] | undefined {
  if (bytes.length > BUNDLE_BYTES || !isBundle(bytes)) return undefined;
  const newline = bytes.indexOf(NEWLINE);
  if (newline === -1) return undefined;
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, newline + 1).toString("latin1");
  const { place, token: own } = bundlePlace(subject);
  const siblings = own === undefined ? undefined : place;
  const ascii = asciiOf(bytes);
  const messages: Unbundled[] = [];
  let start = newline + 1;
  for (let at = MAGIC.length; ; ) {
    const colon = endOfToken(line, at);
    if (colon === NONE || line.charCodeAt(colon) !== COLON) return undefined;
    const sizeEnd = endOfSize(line, colon + 1);
    if (sizeEnd === NONE) return undefined;
    const end = start + decimalIn(line, colon + 1, sizeEnd);
    if (end > bytes.length || messages.length === BUNDLE_MESSAGES) return undefined;
    const token = siblings === undefined || line.charCodeAt(at) === DASH ? own : line.slice(at, colon);
    messages.push(new Unbundled(subject, siblings, token, ascii?.slice(start, end), bytes, start, end));
    start = end;
    if (sizeEnd === newline) break;
    if (line.charCodeAt(sizeEnd) !== BLANK) return undefined;
    at = sizeEnd + 1;
  }
  return start === bytes.length ? messages : undefined;
}

/** Index behind a token of lower-case letters and digits, or a dash. */
function endOfToken(line: string, at: number): number {
  if (line.charCodeAt(at) === DASH) return at + 1;
  let end = at;
  while (isDigit(line, end) || isLetter(line, end)) end++;
  return end > at && end - at <= TOKEN_LIMIT ? end : NONE;
}

/** Index behind a decimal number above 0 without leading zeros. */
function endOfSize(line: string, at: number): number {
  if (line.charCodeAt(at) === ZERO) return NONE;
  let end = at;
  while (isDigit(line, end)) end++;
  return end > at && end - at <= SIZE_DIGITS ? end : NONE;
}

function decimalIn(line: string, at: number, end: number): number {
  let value = 0;
  for (let digit = at; digit < end; digit++) value = value * 10 + line.charCodeAt(digit) - ZERO;
  return value;
}

const isDigit = (line: string, at: number): boolean => {
  const code = line.charCodeAt(at);
  return code >= ZERO && code <= 0x39;
};
const isLetter = (line: string, at: number): boolean => {
  const code = line.charCodeAt(at);
  return code >= 0x61 && code <= 0x7a;
};
