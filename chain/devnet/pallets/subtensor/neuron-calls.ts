/** Calls of neurons: joining, serving, and what a hotkey's owner says of it. */
import {
  type AnyCall,
  accountId,
  bool,
  bytes,
  call,
  tuple,
  u8,
  u16,
  u32,
  u64,
  u128,
  vec,
} from "../../declare/index.ts";
import { setChildren, setChildTake } from "./children.ts";
import { setAutoParent, setAutoStake, setIdentity } from "./coldkey-settings.ts";
import { decreaseTake, increaseTake } from "./delegates.ts";
import { claimHotkey } from "./ownership.ts";
import { register, registerLimit, rootRegister } from "./registration.ts";
import { serveAxon, servePrometheus } from "./serving.ts";

const endpoint = { version: u32, ip: u128, port: u16, ip_type: u8 };
const axon = { ...endpoint, protocol: u8, placeholder1: u8, placeholder2: u8 };

export const neuronCalls: readonly AnyCall[] = [
  call({
    name: "register",
    index: 6,
    args: { netuid: u16, block_number: u64, nonce: u64, work: bytes, hotkey: accountId, coldkey: accountId },
    run: (context, { netuid, hotkey }) => register(context, netuid, hotkey),
  }),
  call({
    name: "burned_register",
    index: 7,
    args: { netuid: u16, hotkey: accountId },
    run: (context, { netuid, hotkey }) => register(context, netuid, hotkey),
  }),
  call({
    name: "register_limit",
    index: 134,
    args: { netuid: u16, hotkey: accountId, limit_price: u64 },
    run: (context, { netuid, hotkey, limit_price }) => registerLimit(context, netuid, hotkey, limit_price),
  }),
  call({
    name: "root_register",
    index: 62,
    args: { hotkey: accountId },
    run: (context, { hotkey }) => rootRegister(context, hotkey),
  }),
  call({
    name: "try_associate_hotkey",
    index: 91,
    args: { hotkey: accountId },
    run: (context, { hotkey }) => claimHotkey(context, context.signer(), hotkey),
  }),
  call({
    name: "serve_axon",
    index: 4,
    args: { netuid: u16, ...axon },
    pays: false,
    run: (context, { netuid, ...at }) => serveAxon(context, netuid, at),
  }),
  call({
    name: "serve_axon_tls",
    index: 40,
    args: { netuid: u16, ...axon, certificate: bytes },
    pays: false,
    run: (context, { netuid, certificate, ...at }) => serveAxon(context, netuid, at, certificate),
  }),
  call({
    name: "serve_prometheus",
    index: 5,
    args: { netuid: u16, ...endpoint },
    pays: false,
    run: (context, { netuid, ...at }) => servePrometheus(context, netuid, at),
  }),
  call({
    name: "decrease_take",
    index: 65,
    args: { hotkey: accountId, take: u16 },
    pays: false,
    run: (context, { hotkey, take }) => decreaseTake(context, hotkey, take),
  }),
  call({
    name: "increase_take",
    index: 66,
    args: { hotkey: accountId, take: u16 },
    pays: false,
    run: (context, { hotkey, take }) => increaseTake(context, hotkey, take),
  }),
  call({
    name: "set_children",
    index: 67,
    args: { hotkey: accountId, netuid: u16, children: vec(tuple(u64, accountId)) },
    run: (context, { hotkey, netuid, children }) => setChildren(context, hotkey, netuid, children),
  }),
  call({
    name: "set_childkey_take",
    index: 75,
    args: { hotkey: accountId, netuid: u16, take: u16 },
    run: (context, { hotkey, netuid, take }) => setChildTake(context, hotkey, netuid, take),
  }),
  call({
    name: "set_identity",
    index: 68,
    args: {
      name: bytes,
      url: bytes,
      github_repo: bytes,
      image: bytes,
      discord: bytes,
      description: bytes,
      additional: bytes,
    },
    run: setIdentity,
  }),
  call({
    name: "set_coldkey_auto_stake_hotkey",
    index: 114,
    args: { netuid: u16, hotkey: accountId },
    run: (context, { netuid, hotkey }) => setAutoStake(context, netuid, hotkey),
  }),
  call({
    name: "set_auto_parent_delegation_enabled",
    index: 135,
    args: { hotkey: accountId, enabled: bool },
    run: (context, { hotkey, enabled }) => setAutoParent(context, hotkey, enabled),
  }),
];
