/** What holds on a chain whatever was called. */
import { expect } from "bun:test";
import { freeOf } from "./pallets/balances/ledger.ts";
import { TotalIssuance } from "./pallets/balances/storage.ts";
import { subnetAccount } from "./pallets/subtensor/accounts.ts";
import { hotkeyStake, stakeOf } from "./pallets/subtensor/share-pool.ts";
import { S } from "./pallets/subtensor/storage.ts";
import { SystemStorage } from "./pallets/system/storage.ts";
import type { TestChain } from "./test-chain.fixture.ts";

export function expectSound(chain: TestChain): void {
  expectTaoConserved(chain);
  expectUidsBijective(chain);
  expectStakeShared(chain);
}

/** All that accounts hold is all that there is, and pools are covered. */
function expectTaoConserved({ state }: TestChain): void {
  const accounts = state.entries(SystemStorage.Account).map(({ value }) => value.data);
  const held = accounts.reduce((sum, { free, reserved }) => sum + free + reserved, 0n);
  expect(held).toBe(state.get(TotalIssuance));
  expect(accounts.every(({ free }) => free >= 500n)).toBe(true);
  for (const { keys, value } of state.entries(S.SubnetTAO))
    expect(freeOf(state, subnetAccount(keys[0]))).toBeGreaterThanOrEqual(value);
}

/** Uids go from 0 without gaps, and lead to the hotkeys that lead to them. */
function expectUidsBijective({ state }: TestChain): void {
  for (const { keys, value: n } of state.entries(S.SubnetworkN)) {
    const [netuid] = keys;
    const hotkeys = state.entries(S.Keys, netuid).map(({ keys: [, uid], value }) => [uid, value] as const);
    const uids = state.entries(S.Uids, netuid).map(({ keys: [, hotkey], value }) => [value, hotkey] as const);
    const inOrder = (pairs: (readonly [number, string])[]) => pairs.toSorted(([a], [b]) => a - b);
    expect(inOrder(hotkeys)).toEqual(inOrder(uids));
    expect(inOrder(hotkeys).map(([uid]) => uid)).toEqual(Array.from({ length: n }, (_, uid) => uid));
    for (const { value: row } of state.entries(S.Weights, netuid))
      expect(row.every(([uid]) => uid < n)).toBe(true);
  }
}

/** Coldkeys have no more behind a hotkey than there is, and no less but for what rounding leaves. */
function expectStakeShared(chain: TestChain): void {
  const { state } = chain;
  const shared = new Map<string, { hotkey: `0x${string}`; netuid: number; rao: bigint }>();
  for (const { keys } of state.entries(S.AlphaV2)) {
    const [hotkey, coldkey, netuid] = keys;
    const entry = shared.get(`${hotkey} ${netuid}`) ?? { hotkey, netuid, rao: 0n };
    entry.rao += stakeOf(chain, hotkey, coldkey, netuid);
    shared.set(`${hotkey} ${netuid}`, entry);
  }
  for (const { hotkey, netuid, rao } of shared.values()) {
    const whole = hotkeyStake(chain, hotkey, netuid);
    expect(rao).toBeLessThanOrEqual(whole);
    expect(rao).toBeGreaterThan(whole - 100n);
  }
}
