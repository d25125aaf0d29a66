/** The share of its stakers' rewards that a hotkey takes. */
import { type AccountId, type CallContext, ensure, event } from "../../declare/index.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { hotkeyExists, owns } from "./ownership.ts";
import { lastBlock, setLastBlock } from "./rate-limits.ts";
import { S } from "./storage.ts";
import type { At } from "./subnets.ts";
import type { RateLimitKey } from "./types.ts";

/** Before the extrinsic is taken: bounds first, then whose hotkey it is. */
export function checkTake(at: At, coldkey: AccountId, hotkey: AccountId, take: number): void {
  ensure(take >= at.state.get(S.MinDelegateTake), errors, "DelegateTakeTooLow");
  ensure(take <= at.state.get(S.MaxDelegateTake), errors, "DelegateTakeTooHigh");
  checkOwner(at, coldkey, hotkey);
}

function checkOwner(at: At, coldkey: AccountId, hotkey: AccountId): void {
  ensure(hotkeyExists(at, hotkey), errors, "HotKeyAccountNotExists");
  ensure(owns(at, coldkey, hotkey), errors, "NonAssociatedColdKey");
}

export function decreaseTake(context: CallContext, hotkey: AccountId, take: number): void {
  const { state } = context;
  const coldkey = context.signer();
  checkOwner(context, coldkey, hotkey);
  if (state.has(S.Delegates, hotkey))
    ensure(take < state.get(S.Delegates, hotkey), errors, "DelegateTakeTooLow");
  ensure(take >= state.get(S.MinDelegateTake), errors, "DelegateTakeTooLow");
  state.put(S.Delegates, hotkey, take);
  setLastBlock(context, changed(hotkey));
  context.emit(event(events, "TakeDecreased", [coldkey, hotkey, take]));
}

export function increaseTake(context: CallContext, hotkey: AccountId, take: number): void {
  const { state, block } = context;
  const coldkey = context.signer();
  checkOwner(context, coldkey, hotkey);
  if (state.has(S.Delegates, hotkey))
    ensure(take > state.get(S.Delegates, hotkey), errors, "DelegateTakeTooLow");
  ensure(take <= state.get(S.MaxDelegateTake), errors, "DelegateTakeTooHigh");
  const limit = state.get(S.TxDelegateTakeRateLimit);
  const last = lastBlock(context, changed(hotkey));
  const tooSoon = limit !== 0n && last !== 0n && BigInt(block) - last <= limit;
  ensure(!tooSoon, errors, "DelegateTxRateLimitExceeded");
  setLastBlock(context, changed(hotkey));
  state.put(S.Delegates, hotkey, take);
  context.emit(event(events, "TakeIncreased", [coldkey, hotkey, take]));
}

const changed = (hotkey: AccountId): RateLimitKey => ({ type: "LastTxBlockDelegateTake", value: hotkey });
