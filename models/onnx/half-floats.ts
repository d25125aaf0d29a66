/** Logits in half precision as single. */
import { halves } from "../gguf/half.ts";

export function halvesToFloats(data: Uint8Array): Float32Array {
  const table = halves();
  const bits = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  return Float32Array.from(bits, (half) => table[half]!);
}
