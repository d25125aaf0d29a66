/** Calls that the devnet declares, so that clients can name them, and does not simulate: its pool refuses them and says so. */
import {
  type AnyCall,
  accountId,
  bool,
  call,
  fixedBytes,
  h160,
  h256,
  option,
  u16,
  u32,
  u64,
} from "../../declare/index.ts";
import { btreeSet } from "../fixed-types.ts";
import { percent, rootClaimType } from "./types.ts";

export const idleCalls: readonly AnyCall[] = [
  call({
    name: "swap_hotkey",
    index: 70,
    args: { hotkey: accountId, new_hotkey: accountId, netuid: option(u16) },
  }),
  call({
    name: "swap_hotkey_v2",
    index: 72,
    args: { hotkey: accountId, new_hotkey: accountId, netuid: option(u16), keep_stake: bool },
  }),
  call({
    name: "swap_coldkey",
    index: 71,
    args: { old_coldkey: accountId, new_coldkey: accountId, swap_cost: u64 },
  }),
  call({ name: "dissolve_network", index: 61, args: { coldkey: accountId, netuid: u16 } }),
  call({ name: "schedule_swap_coldkey", index: 73, args: { new_coldkey: accountId } }),
  call({
    name: "associate_evm_key",
    index: 93,
    args: { netuid: u16, evm_key: h160, block_number: u64, signature: fixedBytes(65) },
  }),
  call({
    name: "register_leased_network",
    index: 110,
    args: { emissions_share: percent, end_block: option(u32) },
  }),
  call({ name: "terminate_lease", index: 111, args: { lease_id: u32, hotkey: accountId } }),
  call({ name: "root_dissolve_network", index: 120, args: { netuid: u16 } }),
  call({ name: "claim_root", index: 121, args: { subnets: btreeSet(u16) } }),
  call({ name: "set_root_claim_type", index: 122, args: { new_root_claim_type: rootClaimType } }),
  call({ name: "sudo_set_num_root_claims", index: 123, args: { new_value: u64 } }),
  call({ name: "sudo_set_root_claim_threshold", index: 124, args: { netuid: u16, new_value: u64 } }),
  call({ name: "announce_coldkey_swap", index: 125, args: { new_coldkey_hash: h256 } }),
  call({ name: "swap_coldkey_announced", index: 126, args: { new_coldkey: accountId } }),
  call({ name: "dispute_coldkey_swap", index: 127, args: {} }),
  call({ name: "reset_coldkey_swap", index: 128, args: { coldkey: accountId } }),
  call({ name: "enable_voting_power_tracking", index: 129, args: { netuid: u16 } }),
  call({ name: "disable_voting_power_tracking", index: 130, args: { netuid: u16 } }),
  call({ name: "sudo_set_voting_power_ema_alpha", index: 131, args: { netuid: u16, alpha: u64 } }),
  call({ name: "clear_coldkey_swap_announcement", index: 133, args: {} }),
  call({ name: "lock_stake", index: 136, args: { hotkey: accountId, netuid: u16, amount: u64 } }),
  call({ name: "move_lock", index: 137, args: { destination_hotkey: accountId, netuid: u16 } }),
  call({ name: "set_perpetual_lock", index: 138, args: { netuid: u16, enabled: bool } }),
  call({ name: "set_reject_locked_alpha", index: 142, args: { enabled: bool } }),
];
