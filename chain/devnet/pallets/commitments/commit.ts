/** A neuron says something about itself, in the clear or sealed to a round of the beacon. */

import { Failure } from "../../../../protocol/failure.ts";
import { openWithSignature } from "../../../timelock/timelock.ts";
import { type AccountId, type BlockContext, type CallContext, ensure, event } from "../../declare/index.ts";
import { Pulses } from "../drand/storage.ts";
import { S } from "../subtensor/storage.ts";
import { mechanismsOf, uidOf } from "../subtensor/subnets.ts";
import { commitmentsErrors as errors } from "./errors.ts";
import { commitmentsEvents as events } from "./events.ts";
import {
  CommitmentOf,
  LastBondsReset,
  LastCommitment,
  MaxSpace,
  RevealedCommitments,
  TimelockedIndex,
  UsedSpaceOf,
} from "./storage.ts";
import type { Data } from "./types.ts";

export const MAX_FIELDS = 3;
const LEAST_SPACE = 100;
const MAX_SEALED = 1_024;
const MAX_BIG_RAW = 512;
const MAX_REVEALS = 10;

export function setCommitment(context: CallContext, netuid: number, fields: readonly Data[]): void {
  const { state, block } = context;
  const who = context.signer();
  ensure(uidOf(context, netuid, who) !== undefined, errors, "AccountNotAllowedCommit");
  ensure(
    fields.length <= MAX_FIELDS && fields.every(isWithinBounds),
    errors,
    "TooManyFieldsInCommitmentInfo",
  );
  const epoch = state.get(S.SubnetEpochIndex, netuid);
  const used = state.get(UsedSpaceOf, netuid, who);
  const before = used?.last_epoch === epoch ? used.used_space : 0n;
  if (fields.some(({ type }) => type === "ResetBondsFlag")) {
    state.put(LastBondsReset, netuid, who, block);
    resetBonds(context, netuid, who);
  }
  const needed = BigInt(
    Math.max(
      LEAST_SPACE,
      fields.reduce((sum, field) => sum + spaceOf(field), 0),
    ),
  );
  ensure(before + needed <= BigInt(state.get(MaxSpace)), errors, "SpaceLimitExceeded");
  state.put(UsedSpaceOf, netuid, who, { last_epoch: epoch, used_space: before + needed });
  state.put(CommitmentOf, netuid, who, { deposit: 0n, block, info: { fields } });
  state.put(LastCommitment, netuid, who, block);
  const sealed = fields.find((field) => field.type === "TimelockEncrypted");
  indexSealed(context, netuid, who, sealed !== undefined);
  context.emit(
    sealed === undefined
      ? event(events, "Commitment", { netuid, who })
      : event(events, "TimelockCommitment", { netuid, who, reveal_round: sealed.value.reveal_round }),
  );
}

function spaceOf(field: Data): number {
  switch (field.type) {
    case "None":
    case "ResetBondsFlag":
      return 0;
    case "TimelockEncrypted":
      return field.value.encrypted.length;
    case "BigRaw":
      return field.value.length;
    default:
      return (field.value.length - 2) / 2;
  }
}

function isWithinBounds(field: Data): boolean {
  if (field.type === "TimelockEncrypted") return field.value.encrypted.length <= MAX_SEALED;
  return field.type !== "BigRaw" || field.value.length <= MAX_BIG_RAW;
}

/** The bonds of all validators to this neuron go, where the subnet has that on. */
function resetBonds({ state, block, ...rest }: BlockContext, netuid: number, who: AccountId): void {
  const uid = state.get(S.BondsResetOn, netuid) ? state.get(S.Uids, netuid, who) : undefined;
  if (uid === undefined) return;
  for (const index of mechanismsOf({ state, block, ...rest }, netuid)) {
    for (const { keys, value } of state.entries(S.Bonds, index)) {
      if (!value.some(([target]) => target === uid)) continue;
      state.put(
        S.Bonds,
        ...keys,
        value.filter(([target]) => target !== uid),
      );
    }
  }
}

/** Remembers (or forgets) that there is something to open; the chain keeps this as a sorted set. */
function indexSealed({ state }: BlockContext, netuid: number, who: AccountId, sealed: boolean): void {
  const others = state.get(TimelockedIndex).filter(([subnet, other]) => subnet !== netuid || other !== who);
  const index = sealed ? [...others, [netuid, who] as const] : others;
  state.put(
    TimelockedIndex,
    [...index].sort(([a, x], [b, y]) => a - b || (x < y ? -1 : 1)),
  );
}

/** Opens what is sealed to rounds that the beacon has signed; what does not open is dropped, as on chain. */
export function revealCommitments(context: BlockContext): void {
  const { state, block } = context;
  for (const [netuid, who] of state.get(TimelockedIndex)) {
    const registration = state.get(CommitmentOf, netuid, who);
    const revealed: Uint8Array[] = [];
    let due = 0;
    const left = (registration?.info.fields ?? []).filter((field) => {
      if (field.type !== "TimelockEncrypted") return true;
      const pulse = state.get(Pulses, field.value.reveal_round);
      if (pulse === undefined) return true;
      due += 1;
      const plain = opened(field.value.encrypted, pulse.signature);
      if (plain !== undefined && plain.length > 0) revealed.push(plain);
      return false;
    });
    if (registration !== undefined && due === 0 && left.some(({ type }) => type === "TimelockEncrypted"))
      continue;
    if (revealed.length > 0) {
      const before = state.get(RevealedCommitments, netuid, who) ?? [];
      const all = [...before, ...revealed.map((plain) => [plain, BigInt(block)] as const)];
      state.put(RevealedCommitments, netuid, who, all.slice(-MAX_REVEALS));
      for (const _ of revealed) context.emit(event(events, "CommitmentRevealed", { netuid, who }));
    }
    if (left.length === 0) state.kill(CommitmentOf, netuid, who);
    else if (registration !== undefined)
      state.put(CommitmentOf, netuid, who, { ...registration, info: { fields: left } });
    indexSealed(
      context,
      netuid,
      who,
      left.some(({ type }) => type === "TimelockEncrypted"),
    );
  }
}

function opened(sealed: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  try {
    return openWithSignature(sealed, signature);
  } catch (error) {
    if (error instanceof Failure && error.code !== "defect") return undefined;
    throw error;
  }
}
