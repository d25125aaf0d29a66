/** Bounds on JSON as text, checked before it is parsed: a hostile body cannot nest without end or name a prototype. */
import { Failure } from "./failure.ts";

/** Deepest nesting of arrays and objects in any message. */
export const JSON_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Index behind the string literal that opens at `start`; the length of the text when it never closes. */
export function afterString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end + 1;
  }
  return text.length;
}

/** Deepest nesting of a JSON text; counts without parsing and stops as soon as `limit` is passed. */
function nestingOf(text: string, limit: number): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = afterString(text, at) - 1;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > deepest && (deepest = depth) > limit) return deepest;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}

/** True when a text has more than `limit` opening brackets: only then can it nest deeper. Strings count too. */
function opensMoreThan(text: string, limit: number): boolean {
  let count = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++count > limit) return true;
    }
  }
  return false;
}

/** Throws `malformed` when a JSON text nests deeper than `limit`. */
function checkNesting(text: string, limit: number = JSON_DEPTH): void {
  // Most bodies are let through without looking at each character. What closes all it opens is twice as long as deep.
  if (text.length <= 2 * limit || !opensMoreThan(text, limit) || nestingOf(text, limit) <= limit) return;
  throw new Failure("malformed", `JSON nests deeper than ${limit} levels`, {
    hint: "Send large or deep structures as a blob.",
  });
}

const ESCAPED_PROTOTYPE = /\\u00(?:5f|7[024]|6f)/i;

// One character is looked for first: it is found, or mostly not, many times faster than a word.
const mayNamePrototype = (text: string): boolean =>
  (text.includes("_") && text.includes("__proto__")) || (text.includes("\\") && ESCAPED_PROTOTYPE.test(text));

function namesPrototype(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(namesPrototype);
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(namesPrototype);
}

/** A half of a surrogate pair can only be written as an escape: UTF-8 has no bytes for it. */
const mayHoldSurrogate = (text: string): boolean =>
  text.includes("\\") && (text.includes("\\ud") || text.includes("\\uD"));

function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  return Object.entries(value).every(([key, member]) => key.isWellFormed() && isWellFormed(member));
}

/** Refused at the door, because nothing that holds one can be hashed, signed or recorded later. */
function checkSurrogates(value: unknown): void {
  if (isWellFormed(value)) return;
  throw new Failure("malformed", "JSON has a string with a lone surrogate", {
    hint: "Send well-formed Unicode; bytes that are no text travel as a blob.",
  });
}

/** Parses untrusted JSON: bounded depth, no `__proto__` key, no lone surrogate. Throws `malformed`. */
export function parseJson(text: string): unknown {
  checkNesting(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Failure("malformed", "body is not JSON", { cause });
  }
  if (mayNamePrototype(text)) checkKeys(value);
  if (mayHoldSurrogate(text)) checkSurrogates(value);
  return value;
}

function checkKeys(value: unknown): void {
  if (!namesPrototype(value)) return;
  throw new Failure("malformed", 'JSON has a "__proto__" key', { hint: "Rename the key." });
}

/** Writes a value as JSON that `parseJson` accepts. Throws `malformed`. */
export function writeJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new Failure("malformed", "body cannot be written as JSON", { cause });
  }
  if (text === undefined) throw new Failure("malformed", `a ${typeof value} cannot be written as JSON`);
  checkNesting(text);
  if (mayNamePrototype(text)) checkKeys(JSON.parse(text));
  if (mayHoldSurrogate(text)) checkSurrogates(JSON.parse(text));
  return text;
}
