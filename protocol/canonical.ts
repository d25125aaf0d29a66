/** Canonical JSON (RFC 8785) and digests: equal values have equal bytes, on every validator. */
import { hash } from "node:crypto";
import { Failure } from "./failure.ts";
import { JSON_DEPTH } from "./json-text.ts";

function refuse(what: string, path: string): never {
  throw new Failure("malformed", `${what} has no canonical JSON`, {
    meta: { path: path.slice(0, 200) },
    hint: "Leave the member out, or write it as a string, number, boolean, null, array or plain object.",
  });
}

function writeString(text: string, path: string): string {
  if (!text.isWellFormed()) refuse("a string with a lone surrogate", path);
  return JSON.stringify(text);
}

function writeObject(value: object, path: string, depth: number): string {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse("an object of a class", path);
  if (Object.getOwnPropertySymbols(value).length > 0) refuse("a symbol key", path);
  // Array.sort without a comparison orders by UTF-16 code units, as RFC 8785 wants it.
  const members = Object.keys(value)
    .sort()
    .map((key) => {
      if (key === "__proto__") refuse('a "__proto__" key', path);
      const member = (value as Record<string, unknown>)[key];
      return `${writeString(key, path)}:${write(member, `${path}.${key}`, depth + 1)}`;
    });
  return `{${members.join(",")}}`;
}

function writeArray(items: readonly unknown[], path: string, depth: number): string {
  // Array.from visits holes, which have no JSON, where map would skip them.
  return `[${Array.from(items, (item, at) => write(item, `${path}[${at}]`, depth + 1)).join(",")}]`;
}

function write(value: unknown, path: string, depth: number): string {
  switch (typeof value) {
    case "string":
      return writeString(value, path);
    case "number":
      if (!Number.isFinite(value)) refuse(String(value), path);
      // The shortest digits that read back as the same number: JSON.stringify and RFC 8785 agree.
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (depth >= JSON_DEPTH) refuse(`nesting deeper than ${JSON_DEPTH} levels`, path);
      return Array.isArray(value) ? writeArray(value, path, depth) : writeObject(value, path, depth);
    default:
      return refuse(typeof value, path);
  }
}

/** RFC 8785 text of a JSON value. Throws `malformed` for everything that JSON cannot say exactly. */
export const canonicalJson = (value: unknown): string => write(value, "$", 0);

/** Lower-case hex SHA-256 of bytes, or of text as UTF-8. */
export const sha256 = (data: Uint8Array | string): string => hash("sha256", data, "hex");

/** SHA-256 of a value's canonical JSON. */
export const digest = (value: unknown): string => sha256(canonicalJson(value));
