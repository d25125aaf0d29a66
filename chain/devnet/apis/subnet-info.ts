/** Subnets: what they are called, how they are set, how they stand. */
import { accountId, array, method, option, type RuntimeApi, u8, u16, u64, vec } from "../declare/index.ts";
import { i96f32 } from "../pallets/fixed-types.ts";
import { subnetAccount } from "../pallets/subtensor/accounts.ts";
import { S } from "../pallets/subtensor/storage.ts";
import {
  type At,
  mechanismIndex,
  netuidsOf,
  nextEpochBlock,
  ROOT,
  subnetExists,
} from "../pallets/subtensor/subnets.ts";
import { subnetIdentity } from "../pallets/subtensor/types.ts";
import { c8s, c16, c64, field, readAll, stored16, stored64, structOf, View } from "./field.ts";
import {
  hyperparamEntry,
  hyperparams,
  hyperparamsV2,
  readEntries,
  readHyperparams,
  readHyperparamsV2,
} from "./hyperparams.ts";
import { metagraph, readMetagraph, readSelective, selectiveMetagraph } from "./metagraph.ts";
import { poolFields } from "./shared-fields.ts";
import { nameOf } from "./subnet-name.ts";
import { readSubnetState, subnetState } from "./subnet-state.ts";

const infoHead = {
  netuid: field(c16, ({ netuid }) => netuid),
  rho: stored16(S.Rho),
  kappa: stored16(S.Kappa),
  difficulty: stored64(S.Difficulty),
  immunity_period: stored16(S.ImmunityPeriod),
  max_allowed_validators: stored16(S.MaxAllowedValidators),
  min_allowed_weights: stored16(S.MinAllowedWeights),
  max_weights_limit: stored16(S.MaxWeightsLimit),
  scaling_law_power: stored16(S.ScalingLawPower),
  subnetwork_n: stored16(S.SubnetworkN),
  max_allowed_uids: stored16(S.MaxAllowedUids),
  blocks_since_last_step: stored64(S.BlocksSinceLastStep),
  tempo: stored16(S.Tempo),
  network_modality: field(c16, () => 0),
  network_connect: field(vec(array(u16, 2)), () => []),
};
const infoTail = {
  burn: stored64(S.Burn),
  owner: field(accountId, (view) => view.get(S.SubnetOwner)),
};
const identity = field(option(subnetIdentity), ({ at, netuid }) =>
  at.state.get(S.SubnetIdentitiesV3, netuid),
);

const INFO = { ...infoHead, emission_values: field(c64, () => 0n), ...infoTail };
const INFO_V2 = {
  ...infoHead,
  emission_value: field(c64, () => 0n),
  ...infoTail,
  identity,
};

const DYNAMIC = {
  netuid: field(c16, ({ netuid }) => netuid),
  owner_hotkey: field(accountId, (view) => view.get(S.SubnetOwnerHotkey)),
  owner_coldkey: field(accountId, (view) => view.get(S.SubnetOwner)),
  subnet_name: field(c8s, ({ at, netuid }) => [...nameOf(at, netuid)]),
  token_symbol: field(c8s, (view) => [...view.get(S.TokenSymbol)]),
  tempo: stored16(S.Tempo),
  last_step: stored64(S.LastMechansimStepBlock),
  blocks_since_last_step: field(c64, (view) => BigInt(view.at.block) - view.get(S.LastMechansimStepBlock)),
  emission: field(c64, () => 0n),
  ...poolFields,
  network_registered_at: stored64(S.NetworkRegisteredAt),
  subnet_identity: identity,
  moving_price: field(i96f32, (view) => view.get(S.SubnetMovingPrice)),
};

const PATH = "pallet_subtensor::rpc_info";
const subnetInfo = structOf(`${PATH}::subnet_info::SubnetInfo`, INFO, accountId);
const subnetInfoV2 = structOf(`${PATH}::subnet_info::SubnetInfov2`, INFO_V2, accountId);
const dynamicInfo = structOf(`${PATH}::dynamic_info::DynamicInfo`, DYNAMIC, accountId);

/** What `read` makes of a subnet that exists. */
const ifExists = <T>(at: At, netuid: number, read: (view: View) => T): T | undefined =>
  subnetExists(at, netuid) ? read(new View(at, netuid)) : undefined;

const all = <T>(at: At, read: (view: View) => T): T[] =>
  netuidsOf(at).map((netuid) => read(new View(at, netuid)));

/** A mechanism that exists. */
const ofMechanism = (at: At, netuid: number, mechanism: number): View | undefined =>
  subnetExists(at, netuid) && mechanism < at.state.get(S.MechanismCountCurrent, netuid)
    ? new View(at, netuid, mechanismIndex(netuid, mechanism))
    : undefined;

const ofSubnet = { netuid: u16 };

export const subnetInfoApi: RuntimeApi = {
  name: "SubnetInfoRuntimeApi",
  version: 2,
  methods: [
    method("get_subnet_info", ofSubnet, option(subnetInfo), (at, { netuid }) =>
      ifExists(at, netuid, (view) => readAll(INFO, view)),
    ),
    method("get_subnets_info", {}, vec(option(subnetInfo)), (at) => all(at, (view) => readAll(INFO, view))),
    method("get_subnet_info_v2", ofSubnet, option(subnetInfoV2), (at, { netuid }) =>
      ifExists(at, netuid, (view) => readAll(INFO_V2, view)),
    ),
    method("get_subnets_info_v2", {}, vec(option(subnetInfoV2)), (at) =>
      all(at, (view) => readAll(INFO_V2, view)),
    ),
    method("get_subnet_hyperparams", ofSubnet, option(hyperparams), (at, { netuid }) =>
      ifExists(at, netuid, readHyperparams),
    ),
    method("get_subnet_hyperparams_v2", ofSubnet, option(hyperparamsV2), (at, { netuid }) =>
      ifExists(at, netuid, readHyperparamsV2),
    ),
    method("get_subnet_hyperparams_v3", ofSubnet, option(vec(hyperparamEntry)), (at, { netuid }) =>
      ifExists(at, netuid, readEntries),
    ),
    method("get_all_dynamic_info", {}, vec(option(dynamicInfo)), (at) =>
      all(at, (view) => readAll(DYNAMIC, view)),
    ),
    method("get_dynamic_info", ofSubnet, option(dynamicInfo), (at, { netuid }) =>
      ifExists(at, netuid, (view) => readAll(DYNAMIC, view)),
    ),
    method("get_all_metagraphs", {}, vec(option(metagraph)), (at) => all(at, readMetagraph)),
    method("get_metagraph", ofSubnet, option(metagraph), (at, { netuid }) =>
      ifExists(at, netuid, readMetagraph),
    ),
    method("get_all_mechagraphs", {}, vec(option(metagraph)), (at) =>
      netuidsOf(at).flatMap((netuid) =>
        Array.from({ length: at.state.get(S.MechanismCountCurrent, netuid) }, (_, mechanism) =>
          readMetagraph(new View(at, netuid, mechanismIndex(netuid, mechanism))),
        ),
      ),
    ),
    method("get_mechagraph", { netuid: u16, mecid: u8 }, option(metagraph), (at, { netuid, mecid }) => {
      const view = ofMechanism(at, netuid, mecid);
      return view === undefined ? undefined : readMetagraph(view);
    }),
    method("get_subnet_state", ofSubnet, option(subnetState), (at, { netuid }) =>
      ifExists(at, netuid, readSubnetState),
    ),
    method(
      "get_selective_metagraph",
      { netuid: u16, metagraph_indexes: vec(u16) },
      option(selectiveMetagraph),
      (at, { netuid, metagraph_indexes }) =>
        ifExists(at, netuid, (view) => readSelective(view, metagraph_indexes)),
    ),
    method(
      "get_selective_mechagraph",
      { netuid: u16, subid: u8, metagraph_indexes: vec(u16) },
      option(selectiveMetagraph),
      (at, { netuid, subid, metagraph_indexes }) =>
        subnetExists(at, netuid)
          ? readSelective(new View(at, netuid, mechanismIndex(netuid, subid)), metagraph_indexes)
          : undefined,
    ),
    method(
      "get_coldkey_auto_stake_hotkey",
      { coldkey: accountId, netuid: u16 },
      option(accountId),
      ({ state }, { coldkey, netuid }) => state.get(S.AutoStakeDestination, coldkey, netuid),
    ),
    method("get_subnet_to_prune", {}, option(u16), () => undefined),
    method("get_subnet_account_id", ofSubnet, option(accountId), (at, { netuid }) =>
      netuid === ROOT || subnetExists(at, netuid) ? subnetAccount(netuid) : undefined,
    ),
    method("get_next_epoch_start_block", ofSubnet, option(u64), (at, { netuid }) =>
      nextEpochBlock(at, netuid),
    ),
  ],
};
