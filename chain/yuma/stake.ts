/** Stake as consensus power: weighing, threshold, normalising; who gets a permit. */
import { Failure } from "../../protocol/failure.ts";
import type { EpochInput } from "./epoch-input.ts";

const U64_MAX = 2n ** 64n - 1n;
const I64F64_MAX = 2n ** 127n - 1n;

/** Rao as I64F64 raw bits; the chain saturates at 2⁶³. */
export const stakeOf = (rao: bigint): bigint => (rao >= 2n ** 63n ? I64F64_MAX : rao << 64n);

/**
 * Alpha plus TAO times the TAO weight, I64F64 raw bits (`get_stake_weights_for_network`).
 * `taoWeight` is the stored u64 (a share of 2⁶⁴ - 1); the chain takes it down to 32 fraction bits first.
 */
export function stakeWeight(stake: { alphaRao: bigint; taoRao: bigint; taoWeight: bigint }): bigint {
  const share = (stake.taoWeight << 32n) / U64_MAX;
  return stakeOf(stake.alphaRao) + ((stake.taoRao * share) << 32n);
}

/** Each uid's share of all stake, raw I32F32; uids below the threshold, save the owner, count as without stake. */
export function stakeShares({
  n,
  stake,
  stakeThreshold,
  ownerUid,
}: Pick<EpochInput, "n" | "stake" | "stakeThreshold" | "ownerUid">): Float64Array {
  const counted = Array.from({ length: n }, (_, uid) => {
    const own = stake[uid] ?? 0n;
    return uid !== ownerUid && own >> 64n < stakeThreshold ? 0n : own;
  });
  const total = counted.reduce((sum, own) => sum + own, 0n);
  if (total > I64F64_MAX) {
    throw new Failure("malformed", "the stake of a network must be below 2^63 rao together", {
      meta: { total: String(total >> 64n) },
      hint: "The chain's own sum would overflow here; all TAO and alpha ever issued stay far below.",
    });
  }
  // Normalised with 64 fraction bits, then cut to 32, as the chain does.
  return Float64Array.from(counted, (own) => (total === 0n ? 0 : Number(((own << 64n) / total) >> 32n)));
}

/** The `k` uids with most stake, none without; of equals the later uids (`is_topk_nonzero`). The owner always. */
export function newPermits(shares: Float64Array, k: number, ownerUid: number | null): boolean[] {
  const permits = Array.from(shares, (share) => share !== 0);
  const ascending = [...shares.keys()].sort((a, b) => shares[a]! - shares[b]! || a - b);
  for (const uid of ascending.slice(0, Math.max(0, shares.length - k))) permits[uid] = false;
  if (ownerUid !== null && ownerUid < permits.length) permits[ownerUid] = true;
  return permits;
}
