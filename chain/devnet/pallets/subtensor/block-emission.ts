/** How much is minted in a block, TAO and each subnet's alpha alike: a whole coin, halved at each halving of the rest. */

/** Rao that may ever exist. */
export const TOTAL_SUPPLY = 21_000_000_000_000_000n;
const DEFAULT_EMISSION = 1_000_000_000n;
const ONE = 1n << 32n;

/** Rao for the next block at this issuance (`get_block_emission_for_issuance`): `floor(log2(1 / (1 - issuance / 21M)))` halvings. */
export function blockEmission(issuance: bigint): bigint {
  if (issuance >= TOTAL_SUPPLY) return 0n;
  const left = ONE - (issuance * ONE) / TOTAL_SUPPLY;
  const scarcity = (ONE * ONE) / left;
  const halvings = BigInt(scarcity.toString(2).length - 33);
  return DEFAULT_EMISSION >> halvings;
}
