/** How long a context counts as, and what that is worth. */

/**
 * Tokens by a fixed rule: UTF-8 bytes divided by four, rounded up. Every validator gets the same number without a tokenizer;
 * English text of common tokenizers has 3.5 to 4.5 bytes a token.
 */
export const tokensOf = (text: string): number => Math.ceil(new TextEncoder().encode(text).length / 4);

export const BYTES_PER_TOKEN = 4;

/** Upper bound in tokens and multiplier of each class of length (QUASAR README of December 2025). */
export const BUCKETS = [
  { name: "32k", tokens: 32_000, multiplier: 1.0 },
  { name: "124k", tokens: 124_000, multiplier: 1.2 },
  { name: "512k", tokens: 512_000, multiplier: 1.5 },
  { name: "1.5m", tokens: 1_500_000, multiplier: 1.8 },
  { name: "2m", tokens: 2_000_000, multiplier: 2.0 },
] as const;

export type Bucket = (typeof BUCKETS)[number];
export const BUCKET_NAMES = BUCKETS.map(({ name }) => name) as [Bucket["name"], ...Bucket["name"][]];

/** The smallest class that holds `tokens`; what is longer than all of them belongs to the last. */
export const bucketOf = (tokens: number): Bucket =>
  BUCKETS.find((bucket) => tokens <= bucket.tokens) ?? (BUCKETS.at(-1) as Bucket);

/** reward = min(accuracy x multiplier, 1). */
export const rewardOf = (accuracy: number, bucket: Bucket): number =>
  Math.min(accuracy * bucket.multiplier, 1);
