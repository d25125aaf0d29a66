/** Logits as single precision, whatever the graph gives. */
import { halves } from "../gguf/half.ts";
import type { Tensor } from "./tensor.ts";

export function floatsOf({ type, data }: Pick<Tensor, "type" | "data">): Float32Array {
  if (type !== "float16") return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const table = halves();
  const bits = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  return Float32Array.from(bits, (half) => table[half]!);
}
