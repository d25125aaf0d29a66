/** Calls that are declared and not simulated, and two that the chain itself refuses to everybody. */
import { type AnyCall, bool, call, moduleError, u16, u32, u64 } from "../../declare/index.ts";
import { i64f64, u64f64 } from "../fixed-types.ts";
import { adminErrors } from "./errors.ts";

export const refusedCalls: readonly AnyCall[] = [
  call({
    name: "sudo_set_network_pow_registration_allowed",
    index: 20,
    args: { netuid: u16, registration_allowed: bool },
    run() {
      throw moduleError(adminErrors, "POWRegistrationDisabled");
    },
  }),
  call({
    name: "sudo_set_total_issuance",
    index: 33,
    args: { total_issuance: u64 },
    run() {
      throw moduleError(adminErrors, "Deprecated");
    },
  }),
];

export const idleCalls: readonly AnyCall[] = [
  call({ name: "sudo_set_dissolve_network_schedule_duration", index: 55, args: { duration: u32 } }),
  call({ name: "sudo_set_evm_chain_id", index: 58, args: { chain_id: u64 } }),
  call({ name: "sudo_trim_to_max_allowed_uids", index: 78, args: { netuid: u16, max_n: u16 } }),
  call({ name: "sudo_set_tao_flow_cutoff", index: 81, args: { flow_cutoff: i64f64 } }),
  call({ name: "sudo_set_tao_flow_normalization_exponent", index: 82, args: { exponent: u64f64 } }),
  call({ name: "sudo_set_tao_flow_smoothing_factor", index: 83, args: { smoothing_factor: u64 } }),
  call({ name: "sudo_set_coldkey_swap_announcement_delay", index: 86, args: { duration: u32 } }),
  call({ name: "sudo_set_coldkey_swap_reannouncement_delay", index: 87, args: { duration: u32 } }),
  call({ name: "sudo_set_net_tao_flow_enabled", index: 91, args: { enabled: bool } }),
  call({ name: "sudo_set_owner_cut_auto_lock_enabled", index: 95, args: { netuid: u16, enabled: bool } }),
];
