/** What owners may do to their subnet's epochs. */

import type { BlockContext } from "../../declare/index.ts";
import { type CallContext, ensure, event } from "../../declare/index.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { ensureAdminWindow, ownerOnly, ownerOrRoot } from "./ownership.ts";
import { ensureOwnerMay, mayAgain, remember, rememberOwner } from "./rate-limits.ts";
import { S } from "./storage.ts";
import { blocksUntilEpoch, MAX_TEMPO } from "./subnets.ts";

const MIN_TEMPO = 360;
const MIN_FACTOR = 1_000;
const MAX_FACTOR = 50_000;

export function setTempo(context: CallContext, netuid: number, tempo: number): void {
  const who = ownerOnly(context, netuid);
  ensure(tempo >= MIN_TEMPO && tempo <= MAX_TEMPO, errors, "TempoOutOfBounds");
  ensureAdminWindow(context, netuid);
  ensure(mayAgain(context, "TempoUpdate", who, netuid), errors, "TxRateLimitExceeded");
  applyTempo(context, netuid, tempo);
  remember(context, "TempoUpdate", who, netuid);
}

/** A new tempo counts from this block. */
export function applyTempo(context: BlockContext, netuid: number, tempo: number): void {
  context.state.put(S.Tempo, netuid, tempo);
  context.emit(event(events, "TempoSet", [netuid, tempo]));
  context.state.put(S.LastEpochBlock, netuid, BigInt(context.block));
}

export function setActivityCutoffFactor(context: CallContext, netuid: number, factor: number): void {
  const owner = ownerOrRoot(context, netuid);
  ensure(factor >= MIN_FACTOR && factor <= MAX_FACTOR, errors, "ActivityCutoffFactorMilliOutOfBounds");
  if (owner !== undefined) {
    ensureAdminWindow(context, netuid);
    ensureOwnerMay(context, netuid, "ActivityCutoffFactorMilli");
  }
  context.state.put(S.ActivityCutoffFactorMilli, netuid, factor);
  context.emit(event(events, "ActivityCutoffFactorMilliSet", { netuid, factor_milli: factor }));
  if (owner !== undefined) rememberOwner(context, netuid, "ActivityCutoffFactorMilli");
}

/** An epoch soon, once the freeze window has passed. */
export function triggerEpoch(context: CallContext, netuid: number): void {
  const { state, block } = context;
  const by = ownerOnly(context, netuid);
  ensure(!state.get(S.CommitRevealWeightsEnabled, netuid), errors, "DynamicTempoBlockedByCommitReveal");
  ensure(state.get(S.PendingEpochAt, netuid) === 0n, errors, "EpochTriggerAlreadyPending");
  const window = BigInt(state.get(S.AdminFreezeWindow));
  const left = blocksUntilEpoch(context, netuid);
  ensure(left === undefined || left >= window, errors, "AutoEpochAlreadyImminent");
  ensureOwnerMay(context, netuid, "TriggerEpoch");
  const at = BigInt(block) + window;
  state.put(S.PendingEpochAt, netuid, at);
  rememberOwner(context, netuid, "TriggerEpoch");
  context.emit(event(events, "EpochTriggered", { netuid, by, fires_at: at }));
}
