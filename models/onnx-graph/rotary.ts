/** Cosines and sines of rotary positions: angle `p · base^(−2i/d) / factor_i` (arXiv 2104.09864; factors as in Llama 3.1). */
import type { DecoderConfig } from "./decoder-config.ts";

export function rotaryTables(
  { contextLength, headDim, ropeBase, ropeScale }: DecoderConfig,
  factors?: Float32Array,
): { cos: Float32Array; sin: Float32Array } {
  const half = headDim / 2;
  const cos = new Float32Array(contextLength * half);
  const sin = new Float32Array(contextLength * half);
  for (let pair = 0; pair < half; pair++) {
    const speed = ropeBase ** ((-2 * pair) / headDim) / (factors?.[pair] ?? 1) / ropeScale;
    for (let position = 0; position < contextLength; position++) {
      cos[position * half + pair] = Math.cos(position * speed);
      sin[position * half + pair] = Math.sin(position * speed);
    }
  }
  return { cos, sin };
}
