import {
  accountId,
  bytes,
  identity,
  storageOf,
  tuple,
  twox64Concat,
  u16,
  u32,
  u64,
  vec,
} from "../../declare/index.ts";
import { btreeSet } from "../fixed-types.ts";
import { registration, usageTracker } from "./types.ts";

const { map, value } = storageOf("Commitments");

const ofNeuron = [identity(u16), twox64Concat(accountId)] as const;

/** Neurons whose commitment has a sealed field. */
export const TimelockedIndex = value("TimelockedIndex", {
  type: btreeSet(tuple(u16, accountId)),
  fallback: [],
});
export const CommitmentOf = map("CommitmentOf", { keys: ofNeuron, type: registration });
export const LastCommitment = map("LastCommitment", { keys: ofNeuron, type: u32 });
export const LastBondsReset = map("LastBondsReset", { keys: ofNeuron, type: u32 });
export const RevealedCommitments = map("RevealedCommitments", {
  keys: ofNeuron,
  type: vec(tuple(bytes, u64)),
});
export const UsedSpaceOf = map("UsedSpaceOf", { keys: ofNeuron, type: usageTracker });
export const MaxSpace = value("MaxSpace", { type: u32, fallback: 3_100 });

export const commitmentsStorage = [
  TimelockedIndex,
  CommitmentOf,
  LastCommitment,
  LastBondsReset,
  RevealedCommitments,
  UsedSpaceOf,
  MaxSpace,
];
