/** How often something may be done: blocks since it was done last, per account, per subnet or per hyperparameter. */
import { type AccountId, type BlockContext, ensure, type TypeOf } from "../../declare/index.ts";
import { errors } from "./errors.ts";
import { S } from "./storage.ts";
import type { At } from "./subnets.ts";
import type { Hyperparameter, hyperparameter, RateLimitKey } from "./types.ts";

/** Numbers by which the chain remembers kinds of transactions (`TransactionType`). */
const KINDS = {
  SetChildren: 0,
  SetChildkeyTake: 1,
  SetWeightsVersionKey: 4,
  MechanismCountUpdate: 7,
  MechanismEmission: 8,
  MaxUidsTrimming: 9,
  TempoUpdate: 11,
} as const;
export type Kind = keyof typeof KINDS;

const DAY = 7_200n;

/** Blocks between two of a kind on a subnet. */
function limitOf({ state }: At, kind: Kind, netuid: number): bigint {
  switch (kind) {
    case "SetChildren":
      return 150n;
    case "SetChildkeyTake":
      return state.get(S.TxChildkeyTakeRateLimit);
    case "SetWeightsVersionKey":
      return BigInt(state.get(S.Tempo, netuid)) * state.get(S.WeightsVersionKeyRateLimit);
    case "MechanismCountUpdate":
    case "MechanismEmission":
      return DAY;
    case "MaxUidsTrimming":
      return 30n * DAY;
    case "TempoUpdate":
      return 360n;
  }
}

/** Never done, or long enough ago. */
const passes = (block: number, last: bigint, limit: bigint): boolean =>
  last === 0n || BigInt(block) - last >= limit;

export const mayAgain = (at: At, kind: Kind, who: AccountId, netuid: number): boolean =>
  passes(
    at.block,
    at.state.get(S.TransactionKeyLastBlock, who, netuid, KINDS[kind]),
    limitOf(at, kind, netuid),
  );

export const remember = ({ state, block }: BlockContext, kind: Kind, who: AccountId, netuid: number): void =>
  state.put(S.TransactionKeyLastBlock, who, netuid, KINDS[kind], BigInt(block));

/** Since when a rate-limited thing was not done; 0 for never. */
export const lastBlock = ({ state }: At, key: RateLimitKey): bigint => state.get(S.LastRateLimitedBlock, key);

export const setLastBlock = ({ state, block }: BlockContext, key: RateLimitKey): void =>
  state.put(S.LastRateLimitedBlock, key, BigInt(block));

const REGISTERED: RateLimitKey = { type: "NetworkLastRegistered", value: undefined };

/** Whether a network may be registered again, by whomever. */
export const mayRegisterNetwork = (at: At): boolean =>
  passes(at.block, lastBlock(at, REGISTERED), at.state.get(S.NetworkRateLimit));

export const networkRegisteredAt = (at: At): bigint => lastBlock(at, REGISTERED);
export const rememberNetwork = (context: BlockContext): void => setLastBlock(context, REGISTERED);

/** An owner changes each hyperparameter once in some tempos. */
export function ensureOwnerMay(at: At, netuid: number, parameter: Hyperparameter): void {
  const limit = BigInt(at.state.get(S.Tempo, netuid)) * BigInt(at.state.get(S.OwnerHyperparamRateLimit));
  const last = lastBlock(at, changeOf(netuid, parameter));
  ensure(passes(at.block, last, limit), errors, "TxRateLimitExceeded");
}

export const rememberOwner = (context: BlockContext, netuid: number, parameter: Hyperparameter): void =>
  setLastBlock(context, changeOf(netuid, parameter));

const changeOf = (netuid: number, parameter: Hyperparameter): RateLimitKey => ({
  type: "OwnerHyperparamUpdate",
  value: [netuid, { type: parameter, value: undefined } as TypeOf<typeof hyperparameter>],
});
