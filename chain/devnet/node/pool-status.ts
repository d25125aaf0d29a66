/** How a watched extrinsic fares, in the words of `author_extrinsicUpdate`. */
import type { Hex } from "../../scale/hex.ts";

export type SubmittedStatus =
  | "future"
  | "ready"
  | { broadcast: string[] }
  | { inBlock: Hex }
  | { retracted: Hex }
  | { finalityTimeout: Hex }
  | { finalized: Hex }
  | { usurped: Hex }
  | "dropped"
  | "invalid";
