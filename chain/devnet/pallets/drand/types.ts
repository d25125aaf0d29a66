/** The beacon as the chain stores it. */
import { fixedBytes, vec } from "../../declare/collections.ts";
import { struct, variant } from "../../declare/composites.ts";
import { boundedBytes } from "../../declare/known-types.ts";
import { u32, u64 } from "../../declare/numbers.ts";
import type { TypeOf } from "../../declare/type.ts";

export const pulse = struct("pallet_drand::types::Pulse", {
  round: u64,
  randomness: boundedBytes,
  signature: boundedBytes,
});

export const beaconConfiguration = struct("pallet_drand::types::BeaconConfiguration", {
  public_key: boundedBytes,
  period: u32,
  genesis_time: u32,
  hash: boundedBytes,
  group_hash: boundedBytes,
  scheme_id: boundedBytes,
  metadata: struct("pallet_drand::types::Metadata", { beacon_id: boundedBytes }),
});
export type BeaconConfiguration = TypeOf<typeof beaconConfiguration>;

const multiSigner = variant("sp_runtime::MultiSigner", {
  Ed25519: [0, fixedBytes(32)],
  Sr25519: [1, fixedBytes(32)],
  Ecdsa: [2, fixedBytes(33)],
});
const byWhom = { parameters: { Public: multiSigner, BlockNumber: u32 } };

export const pulsesPayload = struct(
  "pallet_drand::types::PulsesPayload",
  { block_number: u32, pulses: vec(pulse), public: multiSigner },
  byWhom,
);

export const beaconConfigurationPayload = struct(
  "pallet_drand::types::BeaconConfigurationPayload",
  { block_number: u32, config: beaconConfiguration, public: multiSigner },
  byWhom,
);
