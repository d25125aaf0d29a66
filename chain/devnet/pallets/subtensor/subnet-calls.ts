/** Calls of subnet owners, and what root sets by this pallet. */
import {
  type AnyCall,
  accountId,
  bytes,
  call,
  ensure,
  event,
  option,
  u16,
  u32,
  u64,
} from "../../declare/index.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { registerNetwork, setSubnetIdentity, startCall } from "./networks.ts";
import { ownerOrRoot } from "./ownership.ts";
import { S } from "./storage.ts";
import { isSymbol } from "./symbols.ts";
import { setActivityCutoffFactor, setTempo, triggerEpoch } from "./tempo-control.ts";
import { subnetIdentity } from "./types.ts";

export const subnetCalls: readonly AnyCall[] = [
  call({
    name: "register_network",
    index: 59,
    args: { hotkey: accountId },
    run: (context, { hotkey }) => registerNetwork(context, hotkey, undefined),
  }),
  call({
    name: "register_network_with_identity",
    index: 79,
    args: { hotkey: accountId, identity: option(subnetIdentity) },
    run: (context, { hotkey, identity }) => registerNetwork(context, hotkey, identity),
  }),
  call({
    name: "start_call",
    index: 92,
    args: { netuid: u16 },
    run: (context, { netuid }) => startCall(context, netuid),
  }),
  call({
    name: "set_subnet_identity",
    index: 78,
    args: {
      netuid: u16,
      subnet_name: bytes,
      github_repo: bytes,
      subnet_contact: bytes,
      subnet_url: bytes,
      discord: bytes,
      description: bytes,
      logo_url: bytes,
      additional: bytes,
    },
    run: (context, { netuid, ...identity }) => setSubnetIdentity(context, netuid, identity),
  }),
  call({
    name: "update_symbol",
    index: 112,
    args: { netuid: u16, symbol: bytes },
    run(context, { netuid, symbol }) {
      ownerOrRoot(context, netuid);
      const wanted = new TextDecoder().decode(symbol);
      ensure(isSymbol(wanted), errors, "SymbolDoesNotExist");
      const taken = context.state
        .entries(S.TokenSymbol)
        .some(({ value }) => Buffer.compare(value, symbol) === 0);
      ensure(!taken, errors, "SymbolAlreadyInUse");
      context.state.put(S.TokenSymbol, netuid, symbol);
      context.emit(event(events, "SymbolUpdated", { netuid, symbol }));
    },
  }),
  call({
    name: "set_tempo",
    index: 139,
    args: { netuid: u16, tempo: u16 },
    run: (context, { netuid, tempo }) => setTempo(context, netuid, tempo),
  }),
  call({
    name: "set_activity_cutoff_factor",
    index: 140,
    args: { netuid: u16, factor_milli: u32 },
    run: (context, { netuid, factor_milli }) => setActivityCutoffFactor(context, netuid, factor_milli),
  }),
  call({
    name: "trigger_epoch",
    index: 141,
    args: { netuid: u16 },
    run: (context, { netuid }) => triggerEpoch(context, netuid),
  }),
  call({
    name: "sudo_set_tx_childkey_take_rate_limit",
    index: 69,
    args: { tx_rate_limit: u64 },
    run(context, { tx_rate_limit }) {
      context.ensureRoot();
      context.state.put(S.TxChildkeyTakeRateLimit, tx_rate_limit);
      context.emit(event(events, "TxChildKeyTakeRateLimitSet", tx_rate_limit));
    },
  }),
  call({
    name: "sudo_set_min_childkey_take",
    index: 76,
    args: { take: u16 },
    run(context, { take }) {
      context.ensureRoot();
      context.state.put(S.MinChildkeyTake, take);
      context.emit(event(events, "MinChildKeyTakeSet", take));
    },
  }),
  call({
    name: "sudo_set_max_childkey_take",
    index: 77,
    args: { take: u16 },
    run(context, { take }) {
      context.ensureRoot();
      context.state.put(S.MaxChildkeyTake, take);
      context.emit(event(events, "MaxChildKeyTakeSet", take));
    },
  }),
  call({
    name: "set_pending_childkey_cooldown",
    index: 109,
    args: { cooldown: u64 },
    run(context, { cooldown }) {
      context.ensureRoot();
      context.state.put(S.PendingChildKeyCooldown, cooldown);
    },
  }),
];
