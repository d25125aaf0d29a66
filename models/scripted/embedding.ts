/** A vector of a text without a model: its words, hashed to signs and places, so that texts with words in common are near. */
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { unitVector } from "../answer/unit-vector.ts";

export const EMBEDDING_DIMENSIONS = 64;
/** Words of a text that count; those of one word move every number a little. */
const WORDS = 4_096;

/** Of length 1. Another seed gives another space, as other weights do. */
export function scriptedEmbedding(text: string, seed: number, dimensions?: number): number[] {
  const sum = new Float64Array(EMBEDDING_DIMENSIONS);
  const words = text.toLowerCase().match(/\p{L}+|\p{N}+|[^\p{L}\p{N}]/gu) ?? [];
  for (const word of words.slice(0, WORDS)) {
    const rng = createSeededRng(new Bun.CryptoHasher("sha256").update(`${seed} ${word}`).digest("hex"));
    for (let at = 0; at < sum.length; at++) sum[at]! += 2 * rng.next() - 1;
  }
  return unitVector(sum, dimensions);
}
