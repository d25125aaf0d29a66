/** What the subtensor pallet does before the extrinsics of each block, in the chain's order. */
import type { BlockContext } from "../../declare/index.ts";
import { decayedBurn } from "./burn-price.ts";
import { applyPendingChildren } from "./children.ts";
import { deferredEpochs, runCoinbase, subnetsToEmitTo } from "./coinbase.ts";
import { updatePriceAverages } from "./emission-shares.ts";
import { S } from "./storage.ts";
import { isEpochDue, netuidsOf, ROOT } from "./subnets.ts";
import { revealDueCommits } from "./timelock-commits.ts";

export function stepBlock(context: BlockContext): void {
  const { state, block } = context;
  const all = netuidsOf(context);
  const subnets = all.filter((netuid) => netuid !== ROOT);
  for (const netuid of all) decayBurn(context, netuid);
  const deferred = deferredEpochs(context, subnets);
  for (const netuid of subnets) if (!deferred.has(netuid)) revealDueCommits(context, netuid);
  runCoinbase(context);
  updatePriceAverages(context, subnetsToEmitTo(context, subnets));
  for (const netuid of all)
    if (state.get(S.LastEpochBlock, netuid) === BigInt(block)) applyPendingChildren(context, netuid);
}

function decayBurn(context: BlockContext, netuid: number): void {
  const { state, block } = context;
  const price = {
    burn: state.get(S.Burn, netuid),
    minBurn: state.get(S.MinBurn, netuid),
    maxBurn: state.get(S.MaxBurn, netuid),
  };
  const next = decayedBurn(price, block > 1 ? state.get(S.BurnHalfLife, netuid) : 0);
  if (next !== price.burn) state.put(S.Burn, netuid, next);
  state.put(S.RegistrationsThisBlock, netuid, 0);
  if (netuid === ROOT && isEpochDue(context, ROOT)) state.put(S.RegistrationsThisInterval, ROOT, 0);
}
