/** What codecs give, narrowed: numbers up to 32 bits are numbers, longer ones bigints, and both may mean either. */
import { z } from "zod";

/** A whole number that JavaScript holds exactly. */
export const Whole = z.union([z.number(), z.bigint()]).transform(Number).pipe(z.number().int().nonnegative());

export const Big = z.union([z.number().int().transform(BigInt), z.bigint()]);

export const Account = z.string().max(64);
