import { u64 } from "../../declare/numbers.ts";
import { storageOf } from "../../declare/storage.ts";

const { value } = storageOf("Balances");

/** Rao on all accounts together. */
export const TotalIssuance = value("TotalIssuance", { type: u64, fallback: 0n });
export const InactiveIssuance = value("InactiveIssuance", { type: u64, fallback: 0n });
