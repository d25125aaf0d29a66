/** Strangers' JSON made fit for a page: long texts and lists are shortened, and the shortening is said. */
import type { Json } from "../../protocol/ids.ts";

export interface ClipLimits {
  /** Characters of one text. */
  text: number;
  /** Items of one list, and members of one object. */
  items: number;
  /** Characters of all texts together. */
  total: number;
  /** Levels below the value itself; deeper ones are left out. */
  depth: number;
}

export interface Clipped {
  value: Json;
  clipped: boolean;
}

/** Keeps the shape: a text stays a text, a list a list, so that what passed a schema without minimum lengths still does. */
export function clip(value: Json, limits: ClipLimits): Clipped {
  let left = limits.total;
  let clipped = false;

  function text(whole: string): string {
    const room = Math.max(0, Math.min(limits.text, left));
    left -= Math.min(room, whole.length);
    if (whole.length <= room) return whole;
    clipped = true;
    const kept = whole.slice(0, room).toWellFormed();
    return `${kept}… [${whole.length - room} more characters]`;
  }

  function walk(part: Json, depth: number): Json {
    if (typeof part === "string") return text(part);
    if (typeof part !== "object" || part === null) return part;
    if (depth > limits.depth) {
      clipped = true;
      return Array.isArray(part) ? [] : {};
    }
    const entries = Array.isArray(part) ? part : Object.entries(part);
    const kept = entries.slice(0, limits.items);
    if (kept.length < entries.length) clipped = true;
    // Numbers and nulls have no text, but they take room too.
    left -= kept.length;
    if (Array.isArray(part)) return kept.map((item) => walk(item as Json, depth + 1));
    return Object.fromEntries(
      (kept as [string, Json][]).map(([key, item]) => [
        key.length > limits.text ? key.slice(0, limits.text).toWellFormed() : key,
        walk(item, depth + 1),
      ]),
    );
  }

  return { value: walk(value, 0), clipped };
}
