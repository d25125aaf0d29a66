/** Mechanisms of a subnet, whose vectors change with their number; who stands for the owner; and pairs of values. */
import {
  type AnyCall,
  accountId,
  type CallContext,
  call,
  ensure,
  option,
  u8,
  u16,
  vec,
} from "../../declare/index.ts";
import { errors } from "../subtensor/errors.ts";
import { setOwnerHotkey } from "../subtensor/networks.ts";
import { ensureAdminWindow, ownerOrRoot } from "../subtensor/ownership.ts";
import { ensureOwnerMay, lastBlock, rememberOwner, setLastBlock } from "../subtensor/rate-limits.ts";
import { S } from "../subtensor/storage.ts";
import { mechanismIndex, subnetExists } from "../subtensor/subnets.ts";
import { subnetParameter } from "./parameter.ts";

const MOST_UIDS = 256;
const MOST_MECHANISMS = 16;
const WEEK = 50_400n;

function setMechanismCount(context: CallContext, netuid: number, count: number): void {
  const { state } = context;
  ensure(subnetExists(context, netuid), errors, "MechanismDoesNotExist");
  ensure(count > 0 && count <= state.get(S.MaxMechanismCount), errors, "InvalidValue");
  ensure(state.get(S.MaxAllowedUids, netuid) * count <= MOST_UIDS, errors, "TooManyUIDsPerMechanism");
  ensure(count <= MOST_MECHANISMS, errors, "InvalidValue");
  const before = state.get(S.MechanismCountCurrent, netuid);
  if (before === count) return;
  for (let mechanism = count; mechanism < before; mechanism++) {
    const index = mechanismIndex(netuid, mechanism);
    state.killAll(S.Weights, index);
    state.kill(S.Incentive, index);
    state.kill(S.LastUpdate, index);
    state.killAll(S.Bonds, index);
    state.killAll(S.WeightCommits, index);
    state.killAll(S.TimelockedWeightCommits, index);
  }
  state.put(S.MechanismCountCurrent, netuid, count);
  state.kill(S.MechanismEmissionSplit, netuid);
}

function setEmissionSplit(context: CallContext, netuid: number, split: number[] | undefined): void {
  const { state } = context;
  ensure(subnetExists(context, netuid), errors, "MechanismDoesNotExist");
  if (split === undefined) {
    state.kill(S.MechanismEmissionSplit, netuid);
    return;
  }
  const fits = split.length > 0 && split.length <= state.get(S.MechanismCountCurrent, netuid);
  ensure(fits && split.reduce((sum, share) => sum + share, 0) === 65_535, errors, "InvalidValue");
  state.put(S.MechanismEmissionSplit, netuid, split);
}

const SET_OWNER_HOTKEY = ["sudo_set_subnet_owner_hotkey", "sudo_set_sn_owner_hotkey"] as const;

export const mechanismParameters: readonly AnyCall[] = [
  subnetParameter({
    name: "sudo_set_mechanism_count",
    index: 76,
    arg: "mechanism_count",
    type: u8,
    owner: { kind: "MechanismCountUpdate" },
    exists: false,
    set: setMechanismCount,
  }),
  subnetParameter({
    name: "sudo_set_mechanism_emission_split",
    index: 77,
    arg: "maybe_split",
    type: option(vec(u16)),
    owner: { kind: "MechanismEmission" },
    exists: false,
    set: setEmissionSplit,
  }),
  ...SET_OWNER_HOTKEY.map((name, at) =>
    call({
      name,
      index: at === 0 ? 64 : 67,
      args: { netuid: u16, hotkey: accountId },
      run(context, { netuid, hotkey }) {
        ownerOrRoot(context, netuid);
        ensure(subnetExists(context, netuid), errors, "SubnetNotExists");
        const key = { type: "SetSNOwnerHotkey", value: netuid } as const;
        const last = lastBlock(context, key);
        ensure(last === 0n || BigInt(context.block) - last >= WEEK, errors, "TxRateLimitExceeded");
        setLastBlock(context, key);
        setOwnerHotkey(context, netuid, hotkey);
      },
    }),
  ),
  call({
    name: "sudo_set_alpha_values",
    index: 51,
    args: { netuid: u16, alpha_low: u16, alpha_high: u16 },
    run(context, { netuid, alpha_low, alpha_high }) {
      const owner = ownerOrRoot(context, netuid);
      if (owner !== undefined) ensureOwnerMay(context, netuid, "AlphaValues");
      ensureAdminWindow(context, netuid);
      ensure(context.state.get(S.LiquidAlphaOn, netuid), errors, "LiquidAlphaDisabled");
      const least = Math.floor(65_535 / 40);
      ensure(alpha_high >= least, errors, "AlphaHighTooLow");
      ensure(alpha_low >= least && alpha_low <= alpha_high, errors, "AlphaLowOutOfRange");
      context.state.put(S.AlphaValues, netuid, [alpha_low, alpha_high]);
      if (owner !== undefined) rememberOwner(context, netuid, "AlphaValues");
    },
  }),
];
