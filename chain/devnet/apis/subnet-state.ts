/** A subnet's neurons in columns, as `get_subnet_state` tells them. */
import { accountId, bool, vec } from "../declare/index.ts";
import { S } from "../pallets/subtensor/storage.ts";
import { netuidsOf } from "../pallets/subtensor/subnets.ts";
import { c16, c64, field, readAll, structOf, type View } from "./field.ts";

const none16 = field(vec(c16), () => []);

const FIELDS = {
  netuid: field(c16, ({ netuid }) => netuid),
  hotkeys: field(vec(accountId), ({ hotkeys }) => hotkeys),
  coldkeys: field(vec(accountId), ({ at, hotkeys }) =>
    hotkeys.map((hotkey) => at.state.get(S.Owner, hotkey)),
  ),
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
  // By subnet, then by hotkey; the chain no longer fills it either.
  emission_history: field(vec(vec(c64)), ({ at, hotkeys }) =>
    netuidsOf(at).map((netuid) =>
      hotkeys.map((hotkey) => at.state.get(S.LastHotkeyEmissionOnNetuid, hotkey, netuid)),
    ),
  ),
};

export const subnetState = structOf(
  "pallet_subtensor::rpc_info::show_subnet::SubnetState",
  FIELDS,
  accountId,
);
export const readSubnetState = (view: View) => readAll(FIELDS, view);
