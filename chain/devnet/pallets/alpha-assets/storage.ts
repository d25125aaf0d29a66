/** How much alpha of a subnet was ever made, burned (kept out of reach) and recycled (unmade). */
import { u16, u64 } from "../../declare/numbers.ts";
import type { Pallet } from "../../declare/pallet.ts";
import { storageOf, twox64Concat } from "../../declare/storage.ts";

const { map } = storageOf("AlphaAssets");
const perSubnet = { keys: [twox64Concat(u16)] as const, type: u64, fallback: 0n };

export const TotalAlphaIssuance = map("TotalAlphaIssuance", perSubnet);
export const AlphaBurned = map("AlphaBurned", perSubnet);
export const AlphaRecycled = map("AlphaRecycled", perSubnet);

export const alphaAssetsPallet: Pallet = {
  name: "AlphaAssets",
  index: 31,
  storage: [TotalAlphaIssuance, AlphaBurned, AlphaRecycled],
  constants: [],
  simplifications: [],
};
