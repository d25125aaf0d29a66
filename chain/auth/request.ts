/** What a signature covers of an HTTP request, and how its headers are read. */
import { createHash } from "node:crypto";
import { refusal } from "./refusal.ts";

export interface HttpRequest {
  method: string;
  /** Path and query exactly as sent, e.g. `/generate?stream=false`. */
  target: string;
  /** The raw bytes, before any parsing. */
  body: Uint8Array;
}

/** Headers as a server has them; names in any case. */
export type ReceivedHeaders = Headers | Readonly<Record<string, string | undefined>>;

export interface SignedRequest extends HttpRequest {
  headers: ReceivedHeaders;
}

/** Who signed a request, and when by the sender's clock (milliseconds since the Unix epoch). */
export interface Caller {
  hotkey: string;
  at: number;
}

const MAX_HEADER = 1_024;
const SIGNATURE = /^(?:0x)?([0-9a-f]{128})$/i;

export const sha256Hex = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

/** A header's value, or undefined. Fails with `malformed` when it is too long to be one of ours. */
export function headerOf(headers: ReceivedHeaders, name: string): string | undefined {
  const value = headers instanceof Headers ? (headers.get(name) ?? undefined) : ofRecord(headers, name);
  if (value !== undefined && value.length > MAX_HEADER)
    throw refusal("malformed", `The header ${name} is too long`, {
      hint: `At most ${MAX_HEADER} characters.`,
    });
  return value;
}

/** A header that must be there and look as said. Fails with `malformed`, naming the header and not its value. */
export function requiredHeader(headers: ReceivedHeaders, name: string, pattern: RegExp): string {
  const value = headerOf(headers, name);
  if (value !== undefined && pattern.test(value)) return value;
  throw refusal("malformed", `The header ${name} is ${value === undefined ? "missing" : "malformed"}`, {
    hint: "Sign the request as its protocol says.",
  });
}

/** A signature from a header as `0x` and 128 lower-case hex digits; senders write it with or without the `0x`. */
export function signatureHeader(headers: ReceivedHeaders, name: string): string {
  const [, digits = ""] = SIGNATURE.exec(requiredHeader(headers, name, SIGNATURE)) ?? [];
  return `0x${digits.toLowerCase()}`;
}

/** The shape of an SS58 address; whether it is one shows when the signature is checked. */
export const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{46,50}$/;

function ofRecord(headers: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const found = Object.keys(headers).find((key) => key.toLowerCase() === wanted);
  return found === undefined ? undefined : headers[found];
}
