/**
 * Makes any value safe and small enough to log: secrets are recognised by the name they stand under and by their own
 * look, wherever they hide (nested objects, keys, errors, causes, texts); depth, width and length are bounded.
 */
import { Failure } from "../../protocol/failure.ts";
import { isMnemonicWord } from "./mnemonic-words.ts";

export const REDACTED = "[redacted]";

const DEPTH = 8;
const ENTRIES = 64;
const SHOWN_CHARS = 8_192;
/** Looked at beyond what is shown, so that a secret cut in two by the limit is still recognised as one. */
const SCANNED_CHARS = 2 * SHOWN_CHARS;

const SECRET_NAME =
  /secret|passw|passphrase|mnemonic|phrase|seed|suri|private|priv_?key|token|api_?-?key|authori[sz]ation|cookie|credential|jwt/i;
const KEY_NAME = /key|secret|seed|suri|uri|wallet|signer|account|sign/i;
const PUBLIC_NAME = /public|pub_?key|hash|sha256|digest|signature/i;
const HEX_SECRET = /^(?:0x)?(?:[0-9a-f]{64}|[0-9a-f]{128})$/i;

const SECRET_TEXT: readonly RegExp[] = [
  // NATS nkey seeds: users, accounts, operators, clusters, servers, curves.
  /S[UAOCXN][A-Z2-7]{56}/g,
  // JSON Web Tokens, NATS credentials among them.
  /eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g,
  /-----BEGIN [A-Z ]*(?:PRIVATE|SEED)[A-Z ]*-----[\s\S]*?(?:-----END [A-Z ]*-----|$)/g,
  /(?<=\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{4,}/gi,
  /(?<=\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^\s"',;}]+(?:[ \t]+[^\s"',;}]+)?/gi,
  /(?<=:\/\/)[^\s/@]+:[^\s/@]*(?=@)/g,
  // Assignments inside texts, such as an echoed environment or query string.
  /(?<=\b[\w-]*(?:secret|password|passphrase|api_?-?key|private_?-?key)["']?\s*[:=]\s*["']?)[^\s"',;&}]+/gi,
];
const WORD_RUN = /[a-z]{3,8}(?:[\s,]+[a-z]{3,8}){11,}/gi;

/** The value as plain JSON data without secrets. Never throws. */
export function redact(value: unknown): unknown {
  return visit(value, "", 0, new Set());
}

/** A text without the secrets in it. */
export function redactText(text: string): string {
  let safe = text.length > SCANNED_CHARS ? text.slice(0, SCANNED_CHARS) : text;
  // Phrases first: a pattern that takes one word out of a phrase would hide the rest of it from this one.
  safe = safe.replace(WORD_RUN, hideMnemonics);
  for (const pattern of SECRET_TEXT) safe = safe.replace(pattern, REDACTED);
  return safe.length > SHOWN_CHARS ? `${safe.slice(0, SHOWN_CHARS)}… (${text.length} characters)` : safe;
}

function hideMnemonics(run: string): string {
  let from = -1;
  let count = 0;
  let hidden = "";
  let shownTo = 0;
  const close = (end: number): void => {
    if (count >= 12) {
      hidden += run.slice(shownTo, from) + REDACTED;
      shownTo = end;
    }
    count = 0;
  };
  let end = 0;
  for (const match of run.matchAll(/[a-z]+/gi)) {
    if (isMnemonicWord(match[0].toLowerCase())) {
      if (count++ === 0) from = match.index;
      end = match.index + match[0].length;
    } else close(end);
  }
  close(end);
  return hidden + run.slice(shownTo);
}

function visit(value: unknown, name: string, depth: number, above: Set<object>): unknown {
  switch (typeof value) {
    case "string":
      return isSecret(name, value) ? REDACTED : redactText(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return SECRET_NAME.test(name) ? REDACTED : value.toString();
    case "object":
      break;
    case "boolean":
      return value;
    default:
      return undefined;
  }
  if (value === null) return null;
  if (SECRET_NAME.test(name) && !PUBLIC_NAME.test(name)) return REDACTED;
  if (above.has(value)) return "[circular]";
  if (depth >= DEPTH) return "[deeper]";
  above.add(value);
  try {
    return visitObject(value, name, depth + 1, above);
  } catch {
    // A getter or proxy that throws must not cost the log line.
    return "[unreadable]";
  } finally {
    above.delete(value);
  }
}

function visitObject(value: object, name: string, depth: number, above: Set<object>): unknown {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (value instanceof Error) return visitEntries(errorEntries(value), depth, above);
  if (value instanceof Map)
    return visitEntries(
      [...value].map(([key, each]) => [String(key), each]),
      depth,
      above,
    );
  const items = value instanceof Set ? [...value] : value;
  if (Array.isArray(items)) {
    const shown = items.slice(0, ENTRIES).map((each) => visit(each, name, depth, above) ?? null);
    return items.length > ENTRIES ? [...shown, `… ${items.length - ENTRIES} more`] : shown;
  }
  return visitEntries(Object.entries(items), depth, above);
}

function visitEntries(entries: [string, unknown][], depth: number, above: Set<object>): unknown {
  const safe: Record<string, unknown> = {};
  for (const [key, each] of entries.slice(0, ENTRIES)) {
    const shown = visit(each, key, depth, above);
    // Defined rather than assigned: a key such as __proto__ from outside stays data.
    if (shown !== undefined) {
      Object.defineProperty(safe, redactText(key), { value: shown, enumerable: true, configurable: true });
    }
  }
  if (entries.length > ENTRIES) safe["…"] = `${entries.length - ENTRIES} more`;
  return safe;
}

function errorEntries(error: Error): [string, unknown][] {
  const entries: [string, unknown][] = [
    ["name", error.name],
    ["message", error.message],
  ];
  if (error instanceof Failure) {
    entries.push(["code", error.code], ["hint", error.hint], ["meta", error.meta]);
    if (error.code === "defect") entries.push(["stack", error.stack]);
  } else {
    entries.push(["stack", error.stack]);
    for (const [key, value] of Object.entries(error)) {
      if (!JAVASCRIPT_CORE_FIELDS.has(key)) entries.push([key, value]);
    }
  }
  if (error.cause !== undefined) entries.push(["cause", error.cause]);
  if (error instanceof AggregateError) entries.push(["errors", error.errors]);
  return entries;
}

/** What the engine adds to every error. */
const JAVASCRIPT_CORE_FIELDS = new Set([
  "line",
  "column",
  "originalLine",
  "originalColumn",
  "sourceURL",
  "stack",
  "cause",
]);

function isSecret(name: string, value: string): boolean {
  if (name === "" || PUBLIC_NAME.test(name)) return false;
  if (SECRET_NAME.test(name)) return true;
  return KEY_NAME.test(name) && (value.startsWith("//") || HEX_SECRET.test(value));
}
