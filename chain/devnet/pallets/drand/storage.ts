import { QUICKNET } from "../../../timelock/beacon.ts";
import { blake2Concat, bool, boundedBytes, identity, storageOf, u32, u64 } from "../../declare/index.ts";
import { type BeaconConfiguration, beaconConfiguration, pulse } from "./types.ts";

const { map, value } = storageOf("Drand");

const hex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, "hex"));
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** quicknet as the chain is configured for it. */
export const QUICKNET_CONFIG: BeaconConfiguration = {
  public_key: QUICKNET.publicKey,
  period: QUICKNET.periodMs / 1_000,
  genesis_time: QUICKNET.genesisMs / 1_000,
  hash: hex("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"),
  group_hash: hex("f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e"),
  scheme_id: ascii("bls-unchained-g1-rfc9380"),
  metadata: { beacon_id: ascii("quicknet") },
};

export const BeaconConfig = value("BeaconConfig", { type: beaconConfiguration, fallback: QUICKNET_CONFIG });
export const Pulses = map("Pulses", { keys: [blake2Concat(u64)], type: pulse });
export const LastStoredRound = value("LastStoredRound", { type: u64, fallback: 0n });
export const OldestStoredRound = value("OldestStoredRound", { type: u64, fallback: 0n });
const NextUnsignedAt = value("NextUnsignedAt", { type: u32, fallback: 0 });
const HasMigrationRun = map("HasMigrationRun", {
  keys: [identity(boundedBytes)],
  type: bool,
  fallback: false,
});

export const drandStorage = [
  BeaconConfig,
  HasMigrationRun,
  Pulses,
  LastStoredRound,
  OldestStoredRound,
  NextUnsignedAt,
];
