/** What parameters look like on the wire: hex, hashes, block numbers, accounts. */
import { z } from "zod";
import { publicKeyOf } from "../../keys/index.ts";
import { fromHex, type Hex, toHex } from "../../scale/hex.ts";

/** Longest bytes in one parameter: a block of the real chain is smaller. */
const MAX_BYTES = 8 * 1024 * 1024;

const hexText = z
  .string()
  .max(2 * MAX_BYTES + 2)
  .regex(/^(?:0x)?(?:[0-9a-fA-F]{2})*$/, "expected hex bytes, 0x and two digits a byte");

/** Bytes as hex, with `0x` or (as turbobt sends them) without. */
export const bytes = hexText.transform((text) => fromHex(text));

/** A storage key or prefix, in lower case and with `0x`, as the state holds them. */
export const key = hexText
  .max(2 * 1_024 + 2, "a storage key has at most 1,024 bytes")
  .transform((text): Hex => `0x${text.replace(/^0x/, "").toLowerCase()}`);

const HASH = /^0x[0-9a-fA-F]{64}$/;

/** A block's hash. */
export const hash = z
  .string()
  .regex(HASH, "expected a block hash, 0x and 64 hex digits")
  .transform((text) => text.toLowerCase() as Hex);

/** The block to read at; without it, the head. */
export const at = hash.optional();

/** A block number, as a number or in hex. */
export const blockNumber = z.union([
  z.number().int().nonnegative().max(0xffff_ffff),
  z
    .string()
    .regex(/^0x[0-9a-fA-F]{1,8}$/, "expected a block number")
    .transform(Number),
]);

/** An account as SS58 of any network, or as 32 bytes in hex. */
export const account = z
  .string()
  .max(100)
  .transform((text, context) => {
    const publicKey = HASH.test(text) ? fromHex(text) : publicKeyOf(text);
    if (publicKey !== undefined) return publicKey;
    context.addIssue("expected an SS58 address");
    return z.NEVER;
  });

export const subscriptionId = z.union([z.string().max(64), z.number().transform(String)]);

export const hexOrNull = (value: Uint8Array | undefined): Hex | null =>
  value === undefined ? null : toHex(value);
