/** Identifiers and digests: bounded strings, so that no name from outside grows without limit. */
import { z } from "zod";

/** Lower-case hex SHA-256. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export type Sha256 = z.infer<typeof Sha256>;

/** A name we give: subnet, node, task kind. Also a valid NATS subject token. */
export const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "small letters and digits, then also _ and -, at most 64 in all");
export type Name = z.infer<typeof Name>;

/**
 * An identifier of a task, submission or session: printable, no blanks, at most 128 characters. No slash: ids
 * are joined with slashes, and two different job keys must never become the same text.
 */
export const Id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/);
export type Id = z.infer<typeof Id>;

/** A miner's or validator's place in the metagraph. */
export const Uid = z.number().int().min(0).max(65_535);
export type Uid = z.infer<typeof Uid>;

/** SS58 address of a hotkey. */
export const Hotkey = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{46,50}$/);
export type Hotkey = z.infer<typeof Hotkey>;

/** Milliseconds since the Unix epoch. */
export const Timestamp = z.number().int().nonnegative();
export type Timestamp = z.infer<typeof Timestamp>;

/** A record with at most `limit` keys, `__proto__` not among them. */
export const boundedRecord = <Key extends z.ZodString, Value extends z.ZodType>(
  key: Key,
  value: Value,
  limit: number,
) =>
  z
    .record(key, value)
    .refine((record) => Object.keys(record).length <= limit, { message: `more than ${limit} keys` })
    .meta({ maxProperties: limit });

/** Any JSON value. Depth and size are bounded by the envelope that carries it. */
export const Json = z.json();
export type Json = z.infer<typeof Json>;
