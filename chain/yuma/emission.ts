/** Rao to servers and validators, from incentive and dividends. */
import { normalise, normaliseBy, sum } from "./fixed-point.ts";

interface Shares {
  incentive: Float64Array;
  dividends: Float64Array;
  stake: Float64Array;
  activeStake: Float64Array;
  emissionRao: bigint;
}

/**
 * Half by incentive, half by dividends, each rounded down to whole rao. With neither, validators get it by active stake;
 * with no active stake either, by stake. What rounding leaves is paid to nobody here.
 */
export function emissionOf({ incentive, dividends, stake, activeStake, emissionRao }: Shares) {
  const combined = incentive.map((value, uid) => value + dividends[uid]!);
  const total = sum(combined);
  const byStake = sum(activeStake) === 0 ? stake : activeStake;
  const rao = (shares: Float64Array): bigint[] =>
    Array.from(shares, (share) => (BigInt(share) * emissionRao) >> 32n);
  return {
    serverEmission: rao(normaliseBy(incentive.slice(), total)),
    validatorEmission: rao(total === 0 ? byStake : normaliseBy(dividends.slice(), total)),
    combinedEmission: rao(total === 0 ? byStake : normalise(combined)),
  };
}
