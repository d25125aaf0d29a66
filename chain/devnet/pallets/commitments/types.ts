/** What a neuron may publish about itself. The codec of one field is the chain's own: its first byte is also a length. */

import { fixedBytes } from "../../declare/collections.ts";
import { struct, type VariantSpec, variant } from "../../declare/composites.ts";
import { boundedBytes, boundedVec } from "../../declare/known-types.ts";
import { u32, u64 } from "../../declare/numbers.ts";
import type { TypeOf } from "../../declare/type.ts";

const MAX_RAW = 128;

/** `Raw0` … `Raw128`, whose index is the length and one. */
const raw = Object.fromEntries(
  Array.from({ length: MAX_RAW + 1 }, (_, length) => [`Raw${length}`, [length + 1, fixedBytes(length)]]),
) as Readonly<Record<`Raw${number}`, readonly [number, ReturnType<typeof fixedBytes>]>>;

export const data = variant("pallet_commitments::types::Data", {
  None: [0],
  ...raw,
  BlakeTwo256: [130, fixedBytes(32)],
  Sha256: [131, fixedBytes(32)],
  Keccak256: [132, fixedBytes(32)],
  ShaThree256: [133, fixedBytes(32)],
  TimelockEncrypted: [134, { encrypted: boundedBytes, reveal_round: u64 }],
  ResetBondsFlag: [135],
  BigRaw: [136, boundedBytes],
} satisfies Record<string, VariantSpec>);
export type Data = TypeOf<typeof data>;

export const commitmentInfo = struct(
  "pallet_commitments::types::CommitmentInfo",
  { fields: boundedVec(data) },
  { parameters: { FieldLimit: undefined } },
);

export const registration = struct(
  "pallet_commitments::types::Registration",
  { deposit: u64, block: u32, info: commitmentInfo },
  { parameters: { Balance: u64, MaxFields: undefined, BlockNumber: u32 } },
);

export const usageTracker = struct("pallet_commitments::types::UsageTracker", {
  last_epoch: u64,
  used_space: u64,
});
