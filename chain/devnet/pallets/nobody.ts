import type { AccountId } from "../declare/known-types.ts";

/** The account of all zeros: what the chain reads where no account is stored. */
export const NOBODY: AccountId = `0x${"00".repeat(32)}`;
