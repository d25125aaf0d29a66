/** Accounts, phases and records of events, as every Substrate chain has them. */
import { bytes, fixedBytes, vec } from "../../declare/collections.ts";
import { struct, variant, wrapper } from "../../declare/composites.ts";
import { h256 } from "../../declare/known-types.ts";
import { u32, u64, u128 } from "../../declare/numbers.ts";
import { runtimeEvent } from "../runtime-types.ts";

export const accountData = struct(
  "pallet_balances::types::AccountData",
  {
    free: u64,
    reserved: u64,
    frozen: u64,
    flags: wrapper("pallet_balances::types::ExtraFlags", u128),
  },
  { parameters: { Balance: u64 } },
);

export const accountInfo = struct(
  "frame_system::AccountInfo",
  { nonce: u32, consumers: u32, providers: u32, sufficients: u32, data: accountData },
  { parameters: { Nonce: u32, AccountData: accountData } },
);

export const phase = variant("frame_system::Phase", {
  ApplyExtrinsic: [0, u32],
  Finalization: [1],
  Initialization: [2],
});

export const eventRecord = struct(
  "frame_system::EventRecord",
  { phase, event: runtimeEvent, topics: vec(h256) },
  { parameters: { E: runtimeEvent, T: h256 } },
);

export const digest = struct("sp_runtime::generic::digest::Digest", {
  logs: vec(
    variant("sp_runtime::generic::digest::DigestItem", {
      PreRuntime: [6, fixedBytes(4), bytes],
      Consensus: [4, fixedBytes(4), bytes],
      Seal: [5, fixedBytes(4), bytes],
      Other: [0, bytes],
      RuntimeEnvironmentUpdated: [8],
    }),
  ),
});
