/** Who stakes how much where. */
import {
  type AccountId,
  accountId,
  bool,
  method,
  option,
  type RuntimeApi,
  struct,
  tuple,
  u16,
  u64,
  vec,
} from "../declare/index.ts";
import { btreeMap, u64f64 } from "../pallets/fixed-types.ts";
import { stakeOf } from "../pallets/subtensor/share-pool.ts";
import { S } from "../pallets/subtensor/storage.ts";
import { type At, netuidsOf, subnetExists, uidOf } from "../pallets/subtensor/subnets.ts";
import { swapFee } from "../pallets/subtensor/swaps.ts";
import { lockState } from "../pallets/subtensor/types.ts";
import { c16, c64 } from "./field.ts";

const PATH = "pallet_subtensor::rpc_info::stake_info";

const stakeInfo = struct(
  `${PATH}::StakeInfo`,
  {
    hotkey: accountId,
    coldkey: accountId,
    netuid: c16,
    stake: c64,
    locked: c64,
    emission: c64,
    tao_emission: c64,
    drain: c64,
    is_registered: bool,
  },
  { parameters: { AccountId: accountId } },
);

const availability = struct(`${PATH}::StakeAvailability`, { total: c64, locked: c64, available: c64 });

const infoOf = (at: At, hotkey: AccountId, coldkey: AccountId, netuid: number) => ({
  hotkey,
  coldkey,
  netuid,
  stake: stakeOf(at, hotkey, coldkey, netuid),
  locked: 0n,
  emission: at.state.get(S.AlphaDividendsPerSubnet, netuid, hotkey),
  tao_emission: 0n,
  drain: 0n,
  is_registered: uidOf(at, netuid, hotkey) !== undefined,
});

const stakesOf = (at: At, coldkey: AccountId) =>
  netuidsOf(at).flatMap((netuid) =>
    at.state
      .get(S.StakingHotkeys, coldkey)
      .map((hotkey) => infoOf(at, hotkey, coldkey, netuid))
      .filter(({ stake }) => stake > 0n),
  );

/** Subnets where the coldkey has any stake; nothing is ever locked here. */
function availabilityOf(at: At, coldkey: AccountId, netuids: readonly number[]) {
  const hotkeys = at.state.get(S.StakingHotkeys, coldkey);
  return netuids.flatMap((netuid) => {
    const total = hotkeys.reduce((sum, hotkey) => sum + stakeOf(at, hotkey, coldkey, netuid), 0n);
    const told = { total, locked: 0n, available: total };
    return total === 0n ? [] : [[netuid, told] as [number, typeof told]];
  });
}

function wantedSubnets(at: At, wanted: readonly number[] | undefined): number[] {
  const existing = netuidsOf(at);
  if (wanted === undefined) return existing;
  const asked = [...new Set(wanted)].sort((a, b) => a - b);
  return asked.length > existing.length ? [] : asked.filter((netuid) => subnetExists(at, netuid));
}

const place = option(tuple(accountId, u16));

export const stakeInfoApi: RuntimeApi = {
  name: "StakeInfoRuntimeApi",
  version: 1,
  methods: [
    method(
      "get_stake_info_for_coldkey",
      { coldkey_account: accountId },
      vec(stakeInfo),
      (at, { coldkey_account }) => stakesOf(at, coldkey_account),
    ),
    method(
      "get_stake_info_for_coldkeys",
      { coldkey_accounts: vec(accountId) },
      vec(tuple(accountId, vec(stakeInfo))),
      (at, { coldkey_accounts }) =>
        coldkey_accounts.map((coldkey) => [coldkey, stakesOf(at, coldkey)] as const),
    ),
    method(
      "get_stake_info_for_hotkey_coldkey_netuid",
      { hotkey_account: accountId, coldkey_account: accountId, netuid: u16 },
      option(stakeInfo),
      (at, { hotkey_account, coldkey_account, netuid }) =>
        infoOf(at, hotkey_account, coldkey_account, netuid),
    ),
    method(
      "get_stake_availability_for_coldkeys",
      { coldkey_accounts: vec(accountId), netuids: option(vec(u16)) },
      btreeMap(accountId, btreeMap(u16, availability)),
      (at, { coldkey_accounts, netuids }) =>
        [...new Set(coldkey_accounts)]
          .sort()
          .map((coldkey) => [coldkey, availabilityOf(at, coldkey, wantedSubnets(at, netuids))] as const),
    ),
    method(
      "get_stake_fee",
      {
        origin: place,
        origin_coldkey_account: accountId,
        destination: place,
        destination_coldkey_account: accountId,
        amount: u64,
      },
      u64,
      (at, { origin, destination, amount }) => {
        if (origin?.[0] === destination?.[0] && origin?.[1] === destination?.[1]) return 0n;
        return swapFee(at, (destination ?? origin)?.[1] ?? 0, amount);
      },
    ),
    method("get_coldkey_lock", { coldkey: accountId, netuid: u16 }, option(lockState), () => undefined),
    method("get_hotkey_conviction", { hotkey: accountId, netuid: u16 }, u64f64, () => ({ bits: 0n })),
    method("get_most_convicted_hotkey_on_subnet", { netuid: u16 }, option(accountId), () => undefined),
  ],
};
