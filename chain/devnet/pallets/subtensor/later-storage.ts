/** Items that chains after spec 424 have and current clients read before they do anything: bittensor 11 fails without them. */
import { storageOf, twox64Concat, u8, u16 } from "../../declare/index.ts";

const { map, value } = storageOf("SubtensorModule");

export const laterStorage = [
  /** Which consensus an epoch ran; 0 is Yuma. */
  map("SubnetEpochConsensus", { keys: [twox64Concat(u16)], type: u8, fallback: 0 }),
  /** The part of a registration's price that is kept as collateral. */
  value("CollateralLockShare", { type: u16, fallback: 0 }),
];
