/** Items that chains after spec 424 have and current clients read before they do anything: bittensor 11 fails without them. */
import { identity, storageOf, u16, variant } from "../../declare/index.ts";

const { map } = storageOf("SubtensorModule");

const epochConsensus = variant("pallet_subtensor::pallet::EpochConsensus", { Yuma: [0], Null: [1] });

export const laterStorage = [
  /** Which consensus a subnet's epochs run. */
  map("SubnetEpochConsensus", {
    keys: [identity(u16)],
    type: epochConsensus,
    fallback: { type: "Yuma", value: undefined },
  }),
  /** The part of a registration's price that is kept as collateral: u16 share of 65,535. */
  map("CollateralLockShare", { keys: [identity(u16)], type: u16, fallback: 0 }),
];
