/** Hotkeys on which others stake. */
import {
  type AccountId,
  accountId,
  method,
  option,
  type RuntimeApi,
  struct,
  tuple,
  vec,
} from "../declare/index.ts";
import { hotkeyStake, stakeOf } from "../pallets/subtensor/share-pool.ts";
import { S } from "../pallets/subtensor/storage.ts";
import { type At, ROOT, uidOf } from "../pallets/subtensor/subnets.ts";
import { c16, c64 } from "./field.ts";

const delegateInfo = struct(
  "pallet_subtensor::rpc_info::delegate_info::DelegateInfo",
  {
    delegate_ss58: accountId,
    take: c16,
    nominators: vec(tuple(accountId, vec(tuple(c16, c64)))),
    owner_ss58: accountId,
    registrations: vec(c16),
    validator_permits: vec(c16),
    return_per_1000: c64,
    total_daily_return: c64,
  },
  { parameters: { AccountId: accountId } },
);

const BLOCKS_A_DAY = 7_200n;
const RAO_OF_1000 = 1_000_000_000_000n;

function infoOf(at: At, hotkey: AccountId, { nominators }: { nominators: boolean }) {
  const { state } = at;
  const take = state.get(S.Delegates, hotkey);
  const registrations = state
    .entries(S.IsNetworkMember, hotkey)
    .flatMap(({ keys, value }) => (value ? [keys[1]] : []));
  const places = registrations.flatMap((netuid) => {
    const uid = uidOf(at, netuid, hotkey);
    return uid === undefined ? [] : [{ netuid, uid }];
  });
  const daily = places.reduce((sum, { netuid, uid }) => {
    const tempo = BigInt(state.get(S.Tempo, netuid));
    const emission = state.get(S.Emission, netuid)[uid] ?? 0n;
    return tempo === 0n ? sum : sum + (emission * BLOCKS_A_DAY) / tempo;
  }, 0n);
  const onRoot = hotkeyStake(at, hotkey, ROOT);
  return {
    delegate_ss58: hotkey,
    take,
    nominators: nominators ? nominatorsOf(at, hotkey) : [],
    owner_ss58: state.get(S.Owner, hotkey),
    registrations,
    validator_permits: places
      .filter(({ netuid, uid }) => state.get(S.ValidatorPermit, netuid)[uid] === true)
      .map(({ netuid }) => netuid),
    return_per_1000: onRoot === 0n ? 0n : (daily * BigInt(65_535 - take) * RAO_OF_1000) / (65_535n * onRoot),
    total_daily_return: daily,
  };
}

/** Everybody with stake on the hotkey, by account, and how much on each subnet. */
function nominatorsOf(at: At, hotkey: AccountId): [AccountId, [number, bigint][]][] {
  const stakes = new Map<AccountId, [number, bigint][]>();
  for (const { keys } of at.state.entries(S.AlphaV2, hotkey)) {
    const [, coldkey, netuid] = keys;
    const held = stakes.get(coldkey) ?? [];
    held.push([netuid, stakeOf(at, hotkey, coldkey, netuid)]);
    stakes.set(coldkey, held);
  }
  return [...stakes].sort(([a], [b]) => (a < b ? -1 : 1));
}

const delegates = ({ state }: At): AccountId[] =>
  state.entries(S.Delegates).map(({ keys: [hotkey] }) => hotkey);

export const delegateInfoApi: RuntimeApi = {
  name: "DelegateInfoRuntimeApi",
  version: 1,
  methods: [
    method("get_delegates", {}, vec(delegateInfo), (at) =>
      delegates(at).map((hotkey) => infoOf(at, hotkey, { nominators: true })),
    ),
    method(
      "get_delegate",
      { delegate_account: accountId },
      option(delegateInfo),
      (at, { delegate_account }) =>
        at.state.has(S.Delegates, delegate_account)
          ? infoOf(at, delegate_account, { nominators: true })
          : undefined,
    ),
    method(
      "get_delegated",
      { delegatee_account: accountId },
      vec(tuple(delegateInfo, tuple(c16, c64))),
      (at, { delegatee_account: coldkey }) =>
        delegates(at).flatMap((hotkey) =>
          at.state
            .entries(S.AlphaV2, hotkey, coldkey)
            .map(
              ({ keys }) =>
                [
                  infoOf(at, hotkey, { nominators: false }),
                  [keys[2], stakeOf(at, hotkey, coldkey, keys[2])] as [number, bigint],
                ] as const,
            ),
        ),
    ),
  ],
};
