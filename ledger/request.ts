/** An append as the store gets it: checked against every bound and turned into text, so that later changes to the caller's objects do not matter. */
import { z } from "zod";
import { canonicalJson } from "../protocol/canonical.ts";
import { Failure } from "../protocol/failure.ts";
import type { Json } from "../protocol/ids.ts";
import { EventName, type EventRow, Key, MAX_BODY_BYTES, Type } from "./event.ts";
import type { AppendOptions, NewEvent } from "./ledger.ts";

const MAX_EVENTS_PER_APPEND = 4_096;
const MAX_EFFECTS_PER_APPEND = 256;

export type RequestedEvent = Pick<EventRow, "at" | "subnet" | "type" | "key" | "body">;
export interface RequestedEffect {
  id: string;
  kind: string;
  body: string;
}
export interface AppendRequest {
  events: readonly RequestedEvent[];
  effects: readonly RequestedEffect[];
  fence: AppendOptions["fence"];
  /** Characters of all bodies, for the bounds of the queue. */
  size: number;
}

const Fence = z.object({ lease: Key, token: z.number().int().nonnegative() });
const EffectName = z.object({ id: Key, kind: Type });

/**
 * Checks an append.
 * @throws Failure `malformed` (a name, a token or a body that is not JSON) or `too-large` (a bound is exceeded).
 */
export function appendRequest(
  events: readonly NewEvent[],
  options: AppendOptions,
  at: number,
): AppendRequest {
  const { fence, effects = [] } = options;
  bounded("events", events.length, MAX_EVENTS_PER_APPEND);
  bounded("effects", effects.length, MAX_EFFECTS_PER_APPEND);
  if (effects.length > 0 && events.length === 0)
    throw new Failure("malformed", "Effects need an event that caused them", {
      hint: "Append the event and its effects together",
      meta: { effects: effects.length },
    });
  if (fence !== undefined) checked(Fence, fence, "fence");
  let size = 0;
  const text = (body: Json, what: string): string => {
    const json = bodyText(body, what);
    size += json.length;
    return json;
  };
  return {
    events: events.map((event) => {
      const { subnet, type, key } = checked(EventName, event, "event");
      return { at, subnet, type, key, body: text(event.body, `${type} ${key}`) };
    }),
    effects: effects.map((effect) => {
      const { id, kind } = checked(EffectName, effect, "effect");
      return { id, kind, body: text(effect.body, `effect ${id}`) };
    }),
    fence: fence && { ...fence },
    size,
  };
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = [what, ...(issue?.path ?? [])].join(".");
  const given = issue?.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], value);
  throw new Failure("malformed", `The ledger cannot record this ${what}`, {
    hint: `Correct ${path}: ${issue?.message ?? "not as declared"}`,
    meta: { path, value: String(given).slice(0, 200) },
  });
}

function bodyText(body: Json, what: string): string {
  const json = canonicalJson(body);
  // A UTF-16 unit takes at most three bytes of UTF-8, so that only long bodies need counting.
  const bytes = json.length * 3 <= MAX_BODY_BYTES ? json.length : Buffer.byteLength(json);
  if (bytes > MAX_BODY_BYTES)
    throw new Failure("too-large", "The body is larger than an event may be", {
      hint: "Put the data into a blob and its reference into the event",
      meta: { what: what.slice(0, 200), bytes, limit: MAX_BODY_BYTES },
    });
  return json;
}

function bounded(what: string, count: number, limit: number): void {
  if (count > limit)
    throw new Failure("too-large", `Too many ${what} in one append`, {
      hint: "Split it into several appends",
      meta: { count, limit },
    });
}
