/** Fields that several structs of the runtime APIs have, in the order of those structs. */
import { accountId, bool, vec } from "../declare/index.ts";
import { S } from "../pallets/subtensor/storage.ts";
import { c16, c64, c128, field, stored64 } from "./field.ts";

/** The subnet's pool of TAO and alpha, and what is on its way into it. */
export const poolFields = {
  alpha_in: stored64(S.SubnetAlphaIn),
  alpha_out: stored64(S.SubnetAlphaOut),
  tao_in: stored64(S.SubnetTAO),
  alpha_out_emission: stored64(S.SubnetAlphaOutEmission),
  alpha_in_emission: stored64(S.SubnetAlphaInEmission),
  tao_in_emission: stored64(S.SubnetTaoInEmission),
  pending_alpha_emission: field(
    c64,
    (view) => view.get(S.PendingValidatorEmission) + view.get(S.PendingServerEmission),
  ),
  pending_root_emission: field(c64, () => 0n),
  subnet_volume: field(c128, (view) => view.get(S.SubnetVolume)),
};

/** Accounts of all neurons, by uid. */
export const neuronKeys = {
  hotkeys: field(vec(accountId), ({ hotkeys }) => hotkeys),
  coldkeys: field(vec(accountId), ({ at, hotkeys }) =>
    hotkeys.map((hotkey) => at.state.get(S.Owner, hotkey)),
  ),
};

/** The chain no longer fills it. */
const none16 = field(vec(c16), () => []);

/** What Yuma and stakes say of all neurons, by uid. */
export const neuronColumns = {
  active: field(vec(bool), (view) => view.get(S.Active)),
  validator_permit: field(vec(bool), (view) => view.get(S.ValidatorPermit)),
  pruning_score: none16,
  last_update: field(vec(c64), ({ at, index }) => at.state.get(S.LastUpdate, index)),
  emission: field(vec(c64), (view) => view.get(S.Emission)),
  dividends: field(vec(c16), (view) => view.get(S.Dividends)),
  incentives: field(vec(c16), ({ at, index }) => at.state.get(S.Incentive, index)),
  consensus: field(vec(c16), (view) => view.get(S.Consensus)),
  trust: none16,
  rank: none16,
  block_at_registration: field(vec(c64), ({ at, netuid, hotkeys }) =>
    hotkeys.map((_, uid) => at.state.get(S.BlockAtRegistration, netuid, uid)),
  ),
  alpha_stake: field(vec(c64), ({ stakes }) => stakes.map(({ alpha }) => alpha)),
  tao_stake: field(vec(c64), ({ stakes }) => stakes.map(({ tao }) => tao)),
  total_stake: field(vec(c64), ({ stakes }) => stakes.map(({ total }) => total >> 64n)),
};
