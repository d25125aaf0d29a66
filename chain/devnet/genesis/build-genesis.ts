/** Writes the state of block 0. */
import { Failure } from "../../../protocol/failure.ts";
import { newPermits, stakeShares } from "../../yuma/stake.ts";
import type { AccountId, BlockContext } from "../declare/index.ts";
import { setBalance } from "../pallets/balances/ledger.ts";
import { TotalIssuance } from "../pallets/balances/storage.ts";
import { ownConfig } from "../pallets/drand/beacon.ts";
import { BeaconConfig } from "../pallets/drand/storage.ts";
import { largest } from "../pallets/fixed-point.ts";
import { setHyperparameter } from "../pallets/hyperparameters.ts";
import { isSubnetAccount, subnetAccount } from "../pallets/subtensor/accounts.ts";
import { mintAlpha } from "../pallets/subtensor/alpha.ts";
import { DEFAULT_TEMPO, MAX_EPOCHS_PER_BLOCK } from "../pallets/subtensor/constants.ts";
import { stakeWeightOf } from "../pallets/subtensor/inherited-stake.ts";
import { initNetwork, setOwnerHotkey } from "../pallets/subtensor/networks.ts";
import { appendNeuron } from "../pallets/subtensor/neurons.ts";
import { claimHotkey, owns } from "../pallets/subtensor/ownership.ts";
import { increaseStake } from "../pallets/subtensor/share-pool.ts";
import { S } from "../pallets/subtensor/storage.ts";
import { hotkeysOf, ownerUid, ROOT, uidOf as uidOn } from "../pallets/subtensor/subnets.ts";
import { AllowLoopback } from "../pallets/subtensor/switches.ts";
import { symbolFor } from "../pallets/subtensor/symbols.ts";
import { SudoKey } from "../pallets/sudo/pallet.ts";
import { Now } from "../pallets/timestamp/pallet.ts";
import { type Genesis, type GenesisSubnet, uidOf } from "./genesis.ts";
import type { Keys } from "./keys.ts";

const LEAST_POOL = 1_000_000_000_000n;
/** Keeps the account of an empty pool alive. */
const POOL_DUST = 1_000_000n;

export function buildGenesis(context: BlockContext, genesis: Genesis, keys: Keys): void {
  const { state } = context;
  const account = accountBy(keys);
  state.put(Now, BigInt(context.now));
  for (const { key, tao } of genesis.accounts) setBalance(context, account(key), tao);
  state.put(SudoKey, account(genesis.sudo));
  state.put(AllowLoopback, genesis.allowLoopback);
  if (genesis.beacon === "own") state.put(BeaconConfig, ownConfig());
  buildChain(context, genesis, account(genesis.sudo));
  const subnets = [...genesis.subnets].sort((a, b) => a.netuid - b.netuid);
  for (const subnet of subnets) buildSubnet(context, subnet, account);
  setAll(context, undefined, genesis.hyperparameters);
  for (const { netuid } of subnets) grantPermits(context, netuid);
  state.put(S.TotalIssuance, state.get(TotalIssuance));
}

type AccountBy = (name: string) => AccountId;

const accountBy =
  (keys: Keys): AccountBy =>
  (name) =>
    keys.get(name)!;

/** Root, and the limits that a chain in a hurry has (the chain's own fast build). */
function buildChain({ state }: BlockContext, { subnets }: Genesis, sudo: AccountId): void {
  state.put(S.NetworksAdded, ROOT, true);
  state.put(S.TotalNetworks, 1);
  state.put(S.SubnetOwner, ROOT, sudo);
  state.put(S.SubnetOwnerHotkey, ROOT, sudo);
  state.put(S.SubnetworkN, ROOT, 0);
  state.put(S.MaxAllowedUids, ROOT, 64);
  state.put(S.MaxAllowedValidators, ROOT, 64);
  state.put(S.MinAllowedWeights, ROOT, 0);
  state.put(S.Tempo, ROOT, 100);
  state.put(S.NetworkRegistrationAllowed, ROOT, true);
  state.put(S.SubtokenEnabled, ROOT, true);
  // One a block, three an interval on chain: too few to set up a devnet.
  state.put(S.TargetRegistrationsPerInterval, ROOT, 64);
  state.put(S.MaxRegistrationsPerBlock, ROOT, 64);
  state.put(S.TokenSymbol, ROOT, new TextEncoder().encode(symbolFor(ROOT, [])));
  // turbobt applies no storage defaults: what it compares must be there.
  state.put(S.StakeThreshold, 0n);
  state.put(S.MaxEpochsPerBlock, MAX_EPOCHS_PER_BLOCK);
  state.put(S.PendingChildKeyCooldown, 15n);
  state.put(S.TxChildkeyTakeRateLimit, 5n);
  state.put(S.NetworkRateLimit, 0n);
  state.put(S.AdminFreezeWindow, freezeWindow(subnets));
}

/** Ten blocks as on chain; with shorter tempos a fifth of the shortest, since owners could else never change anything. */
function freezeWindow(subnets: readonly GenesisSubnet[]): number {
  const shortest = Math.min(DEFAULT_TEMPO, ...subnets.map(({ tempo }) => tempo));
  return Math.min(10, Math.floor(shortest / 5));
}

function buildSubnet(context: BlockContext, subnet: GenesisSubnet, account: AccountBy): void {
  const { state } = context;
  const { netuid, neurons } = subnet;
  initNetwork(context, netuid, subnet.tempo);
  state.put(S.MaxAllowedUids, netuid, subnet.maxUids);
  state.put(S.CommitRevealWeightsEnabled, netuid, subnet.commitReveal);
  state.put(S.WeightsSetRateLimit, netuid, BigInt(subnet.weightsRateLimit));
  const taken = state.entries(S.TokenSymbol).map(({ value }) => new TextDecoder().decode(value));
  state.put(S.TokenSymbol, netuid, new TextEncoder().encode(symbolFor(netuid, taken)));
  if (subnet.name !== undefined) state.put(S.SubnetIdentitiesV3, netuid, identityOf(subnet.name));
  openPool(context, subnet);
  for (const neuron of neurons) {
    const [hotkey, coldkey] = [account(neuron.hotkey), account(neuron.coldkey)];
    join(context, netuid, neuron.hotkey, hotkey, coldkey);
    grantStake(context, { hotkey, coldkey, netuid, rao: neuron.stakeTao });
    grantStake(context, { hotkey, coldkey, netuid: ROOT, rao: neuron.rootTao });
    if (neuron.axon !== undefined) serve(context, netuid, hotkey, neuron.axon);
  }
  buildOwner(context, subnet, account);
  for (const [uid, { weights }] of neurons.entries())
    if (weights !== undefined) weigh(context, subnet, uid, weights);
  if (subnet.started) {
    state.put(S.FirstEmissionBlockNumber, netuid, 1n);
    state.put(S.SubtokenEnabled, netuid, true);
  }
  setAll(context, netuid, subnet.hyperparameters);
}

/** Sets hyperparameters; what does not fit is a mistake in the genesis. */
function setAll(
  context: BlockContext,
  netuid: number | undefined,
  values: Readonly<Record<string, unknown>>,
): void {
  const where = netuid === undefined ? "hyperparameters" : `subnet ${netuid}: hyperparameters`;
  for (const [name, value] of Object.entries(values)) {
    try {
      setHyperparameter(context, { name, netuid, value });
    } catch (error) {
      if (!(error instanceof Failure) || error.code === "defect") throw error;
      throw new Failure("config", `genesis: ${where}: ${error.message}`, {
        meta: error.meta,
        hint: error.hint,
      });
    }
  }
}

/** A neuron of its own, on a coldkey of its own: two names of one key are no two neurons. */
function join(
  context: BlockContext,
  netuid: number,
  name: string,
  hotkey: AccountId,
  coldkey: AccountId,
): void {
  const refuse = (why: string): never => {
    throw new Failure("config", `genesis: subnet ${netuid}: ${name} ${why}`, {
      meta: { netuid, hotkey: name },
    });
  };
  if (isSubnetAccount(hotkey)) refuse("is an account of the chain's own");
  claimHotkey(context, coldkey, hotkey);
  if (!owns(context, coldkey, hotkey)) refuse("has another coldkey elsewhere in the genesis");
  if (uidOn(context, netuid, hotkey) !== undefined) refuse("is the same key as another neuron's");
  appendNeuron(context, netuid, hotkey);
}

function buildOwner(context: BlockContext, subnet: GenesisSubnet, account: AccountBy): void {
  const { netuid, owner, neurons } = subnet;
  const coldkey = account(owner);
  const first = neurons.find((neuron) => account(neuron.coldkey) === coldkey)?.hotkey;
  const hotkey = account(subnet.ownerHotkey ?? first ?? owner);
  claimHotkey(context, coldkey, hotkey);
  context.state.put(S.SubnetOwner, netuid, coldkey);
  setOwnerHotkey(context, netuid, hotkey);
}

/** As much TAO as alpha, so that the price is 1. */
function openPool(context: BlockContext, { netuid, neurons, poolTao }: GenesisSubnet): void {
  const { state } = context;
  const staked = neurons.reduce((sum, { stakeTao }) => sum + stakeTao, 0n);
  const depth = poolTao ?? largest(staked, LEAST_POOL);
  setBalance(context, subnetAccount(netuid), depth + POOL_DUST);
  state.put(S.SubnetTAO, netuid, depth);
  mintAlpha(context, netuid, depth, "pool");
  state.put(S.TotalStake, state.get(S.TotalStake) + depth);
}

/** Alpha out of nothing, or TAO on root with its backing. */
function grantStake(
  context: BlockContext,
  { hotkey, coldkey, netuid, rao }: { hotkey: AccountId; coldkey: AccountId; netuid: number; rao: bigint },
): void {
  if (rao === 0n) return;
  const { state } = context;
  increaseStake(context, hotkey, coldkey, netuid, rao);
  if (netuid !== ROOT) {
    mintAlpha(context, netuid, rao, "out");
    return;
  }
  const pooled = state.get(S.SubnetTAO, ROOT) + rao;
  setBalance(context, subnetAccount(ROOT), pooled + POOL_DUST);
  state.put(S.SubnetTAO, ROOT, pooled);
  state.put(S.SubnetAlphaOut, ROOT, state.get(S.SubnetAlphaOut, ROOT) + rao);
  state.put(S.TotalStake, state.get(S.TotalStake) + rao);
}

function serve(
  { state }: BlockContext,
  netuid: number,
  hotkey: AccountId,
  { ip, port }: { ip: string; port: number },
): void {
  const address = ip.split(".").reduce((value, part) => value * 256n + BigInt(part), 0n);
  const nothing = { version: 0, protocol: 4, placeholder1: 0, placeholder2: 0 };
  state.put(S.Axons, netuid, hotkey, { block: 0n, ip: address, port, ip_type: 4, ...nothing });
}

function weigh(
  { state }: BlockContext,
  { netuid, neurons }: GenesisSubnet,
  uid: number,
  weights: Readonly<Record<string, number>>,
): void {
  const row = Object.entries(weights)
    .map(([target, value]): [number, number] => [uidOf(target, neurons)!, value])
    .sort(([a], [b]) => a - b);
  state.put(S.Weights, netuid, uid, row);
  // Weights count towards those only who registered before they were set, and everybody did so in block 0.
  state.mutate(S.LastUpdate, [netuid], (blocks) => blocks.with(uid, 1n));
}

/** Who would get a permit at an epoch has it from the beginning. */
function grantPermits(context: BlockContext, netuid: number): void {
  const { state } = context;
  const hotkeys = hotkeysOf(context, netuid);
  if (hotkeys.length === 0) return;
  const owner = ownerUid(context, netuid) ?? null;
  const shares = stakeShares({
    n: hotkeys.length,
    stake: hotkeys.map((hotkey) => stakeWeightOf(context, hotkey, netuid).total),
    stakeThreshold: state.get(S.StakeThreshold),
    ownerUid: owner,
  });
  state.put(S.ValidatorPermit, netuid, newPermits(shares, state.get(S.MaxAllowedValidators, netuid), owner));
}

const NOTHING = new Uint8Array();
const identityOf = (name: string) => ({
  subnet_name: new TextEncoder().encode(name),
  github_repo: NOTHING,
  subnet_contact: NOTHING,
  subnet_url: NOTHING,
  discord: NOTHING,
  description: NOTHING,
  logo_url: NOTHING,
  additional: NOTHING,
});
