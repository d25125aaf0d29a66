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

export interface Clipper {
  /** Keeps the kind of every value: a text stays a text, a list a list. */
  clip<T extends Json>(value: T): T;
  /** Whether anything was shortened so far. */
  readonly clipped: boolean;
}

/** All that one clipper is given shares its total. */
export function createClipper(limits: ClipLimits): Clipper {
  let left = limits.total;
  let clipped = false;

  function text(whole: string): string {
    const room = Math.max(0, Math.min(limits.text, left));
    left -= Math.min(room, whole.length);
    if (whole.length <= room) return whole;
    clipped = true;
    return `${whole.slice(0, room).toWellFormed()}… [${whole.length - room} more characters]`;
  }

  /** The first items; each takes room of the total, whatever it holds. */
  function first<T>(items: readonly T[], depth: number): readonly T[] {
    const room = depth > limits.depth ? 0 : Math.max(0, Math.min(limits.items, left));
    left -= Math.min(room, items.length);
    if (items.length > room) clipped = true;
    return items.slice(0, room);
  }

  function walk(part: Json, depth: number): Json {
    if (typeof part === "string") return text(part);
    if (typeof part !== "object" || part === null) return part;
    if (Array.isArray(part)) return first(part, depth).map((item) => walk(item, depth + 1));
    return Object.fromEntries(
      first(Object.entries(part), depth).map(([key, item]) => [text(key), walk(item, depth + 1)]),
    );
  }

  return {
    clip: <T extends Json>(value: T) => walk(value, 0) as T,
    get clipped() {
      return clipped;
    },
  };
}
