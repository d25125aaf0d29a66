/** The block's emission: TAO and alpha into the pools, alpha to be paid out, and the epochs that are due. */
import { type BlockContext, event } from "../../declare/index.ts";
import { deposit, freeOf } from "../balances/ledger.ts";
import { least, less, U16_MAX, u64f64, u96f32 } from "../fixed-point.ts";
import { subnetAccount } from "./accounts.ts";
import { alphaIssuance, mintAlpha, recycleAlpha, rootProportion } from "./alpha.ts";
import { blockEmission, TOTAL_SUPPLY } from "./block-emission.ts";
import { emissionShares, priceAverage } from "./emission-shares.ts";
import { events } from "./events.ts";
import { type Pending, payOut } from "./payout.ts";
import { S } from "./storage.ts";
import { runEpoch } from "./subnet-epoch.ts";
import { type At, isEpochDue, netuidsOf, ROOT } from "./subnets.ts";
import { alphaPrice, swapTaoForAlpha } from "./swaps.ts";

/** Everything that happens before a block's extrinsics, in the chain's order, but the decay of burns and the opening of commits. */
export function runCoinbase(context: BlockContext): void {
  const { state } = context;
  state.killAll(S.SubnetRootSellTao);
  const subnets = netuidsOf(context).filter((netuid) => netuid !== ROOT);
  const emitting = subnetsToEmitTo(context, subnets);
  const total = blockEmission(state.get(S.TotalIssuance));
  state.put(S.BlockEmission, total);
  const shares = emissionShares(context, emitting);
  const rootSells = emitting.reduce((sum, netuid) => sum + priceAverage(context, netuid), 0n) > u64f64.one;
  for (const netuid of emitting) {
    injectTao(
      context,
      netuid,
      u96f32.floor(u64f64.multiply(u64f64.from(total), shares.get(netuid) ?? 0n) >> 32n),
    );
  }
  for (const netuid of emitting) emitAlpha(context, netuid, rootSells);
  for (const { netuid, pending } of drainDue(context, subnets)) {
    const neurons = runEpoch(context, netuid, pending.server + pending.validator + pending.root);
    payOut(context, netuid, pending, neurons);
    state.put(S.LastMechansimStepBlock, netuid, BigInt(context.block));
  }
}

/** Started, with their own token, and open to registrations. */
export const subnetsToEmitTo = ({ state }: At, subnets: readonly number[]): number[] =>
  subnets.filter(
    (netuid) =>
      netuid !== ROOT &&
      state.has(S.FirstEmissionBlockNumber, netuid) &&
      state.get(S.SubtokenEnabled, netuid) &&
      state.get(S.NetworkRegistrationAllowed, netuid),
  );

/** TAO enters the pool beside alpha at the price of the moment, as much as root's part allows; the rest buys alpha. */
function injectTao(context: BlockContext, netuid: number, emission: bigint): void {
  const { state } = context;
  const price = alphaPrice(context, netuid) >> 32n;
  const alphaEmission = u96f32.from(blockEmission(alphaIssuance(context, netuid)));
  const most = u96f32.multiply(rootProportion(context, netuid), alphaEmission);
  const wanted = u96f32.divide(u96f32.from(emission), price);
  const capped = wanted > most;
  const alphaIn = u96f32.floor(capped ? most : wanted);
  const taoIn = capped ? u96f32.multiply(most, price) : u96f32.from(emission);
  const excess = u96f32.floor(less(u96f32.from(emission), taoIn));
  state.put(S.SubnetExcessTao, netuid, 0n);
  state.put(S.SubnetTaoInEmission, netuid, 0n);
  buyWith(context, netuid, excess);
  state.put(S.SubnetAlphaInEmission, netuid, alphaIn);
  mintAlpha(context, netuid, alphaIn, "pool");
  const injected = mint(context, netuid, u96f32.floor(taoIn));
  if (injected === 0n) return;
  state.put(S.SubnetTaoInEmission, netuid, injected);
  state.put(S.SubnetTAO, netuid, state.get(S.SubnetTAO, netuid) + injected);
  state.put(S.TotalStake, state.get(S.TotalStake) + injected);
}

/** The chain itself buys alpha, which it keeps. */
function buyWith(context: BlockContext, netuid: number, tao: bigint): void {
  const { state } = context;
  const spent = mint(context, netuid, tao);
  if (spent === 0n) return;
  const { paidIn, paidOut } = swapTaoForAlpha(context, netuid, spent, { free: true });
  state.put(S.SubnetProtocolAlpha, netuid, state.get(S.SubnetProtocolAlpha, netuid) + paidOut);
  state.put(S.SubnetExcessTao, netuid, paidIn);
}

/** New TAO on the subnet's account; how much there was left to mint. */
function mint(context: BlockContext, netuid: number, amount: bigint): bigint {
  const { state } = context;
  const account = subnetAccount(netuid);
  const before = freeOf(state, account);
  deposit(context, account, least(amount, less(TOTAL_SUPPLY, state.get(S.TotalIssuance))));
  const minted = freeOf(state, account) - before;
  state.put(S.TotalIssuance, state.get(S.TotalIssuance) + minted);
  return minted;
}

/** Alpha that is paid out at the next epoch: the owner's 18%, then halves for miners and validators. */
function emitAlpha(context: BlockContext, netuid: number, rootSells: boolean): void {
  const { state } = context;
  const made = blockEmission(alphaIssuance(context, netuid));
  state.put(S.SubnetAlphaOutEmission, netuid, made);
  mintAlpha(context, netuid, made, "out");
  let left = u96f32.from(made);
  if (state.get(S.OwnerCutEnabled, netuid)) {
    const cut = u96f32.multiply(left, u96f32.ratio(BigInt(state.get(S.SubnetOwnerCut)), U16_MAX));
    left = less(left, cut);
    add(context, S.PendingOwnerCut, netuid, u96f32.floor(cut));
  }
  const half = u96f32.one / 2n;
  const root = u96f32.multiply(u96f32.multiply(rootProportion(context, netuid), left), half);
  const server = u96f32.multiply(left, half);
  add(context, S.PendingServerEmission, netuid, u96f32.floor(server));
  add(context, S.PendingValidatorEmission, netuid, u96f32.floor(less(less(left, server), root)));
  if (rootSells) add(context, S.PendingRootAlphaDivs, netuid, u96f32.floor(root));
  else recycleAlpha(context, netuid, u96f32.floor(root));
}

const add = ({ state }: BlockContext, item: typeof S.PendingOwnerCut, netuid: number, rao: bigint): void =>
  state.put(item, netuid, state.get(item, netuid) + rao);

/** Subnets whose epoch is due but has to wait for the next block, since so many are. */
export function deferredEpochs(at: At, subnets: readonly number[]): Set<number> {
  const due = subnets.filter((netuid) => isEpochDue(at, netuid));
  return new Set(due.slice(at.state.get(S.MaxEpochsPerBlock)));
}

/** Counts the block for every subnet, and takes out what the epochs of this block pay. */
function drainDue(context: BlockContext, subnets: readonly number[]): { netuid: number; pending: Pending }[] {
  const { state, block } = context;
  const due: { netuid: number; pending: Pending }[] = [];
  for (const netuid of subnets) {
    state.put(S.BlocksSinceLastStep, netuid, state.get(S.BlocksSinceLastStep, netuid) + 1n);
    if (!isEpochDue(context, netuid)) continue;
    if (due.length >= state.get(S.MaxEpochsPerBlock)) {
      const to = BigInt(block) + 1n;
      state.put(S.PendingEpochAt, netuid, to);
      context.emit(event(events, "EpochDeferred", { netuid, from_block: BigInt(block), to_block: to }));
      continue;
    }
    const take = (item: typeof S.PendingOwnerCut): bigint => {
      const rao = state.get(item, netuid);
      state.put(item, netuid, 0n);
      return rao;
    };
    state.put(S.BlocksSinceLastStep, netuid, 0n);
    due.push({
      netuid,
      pending: {
        server: take(S.PendingServerEmission),
        validator: take(S.PendingValidatorEmission),
        root: take(S.PendingRootAlphaDivs),
        owner: take(S.PendingOwnerCut),
      },
    });
    state.put(S.LastEpochBlock, netuid, BigInt(block));
    state.put(S.PendingEpochAt, netuid, 0n);
    state.put(S.SubnetEpochIndex, netuid, state.get(S.SubnetEpochIndex, netuid) + 1n);
  }
  return due;
}
