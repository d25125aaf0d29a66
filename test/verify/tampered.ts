/** Copies of a GGUF file that somebody might serve in its place: with fewer bits, or with two layers exchanged. */
import { type GgufTensor, readGguf } from "../../models/gguf/read-gguf.ts";

const Q4_1_BLOCK = 20;
/** Two scales of 16 bits come before the sixteen bytes of nibbles. */
const NIBBLES_AT = 4;

/** Every weight in four bits is left with three, in the middle of where it was: a cheaper quantisation of the same model. */
export function requantised(file: Uint8Array): Uint8Array {
  const copy = file.slice();
  const view = new DataView(copy.buffer, copy.byteOffset);
  for (const tensor of readGguf(copy).tensors.values()) {
    if (tensor.type.name !== "Q4_1") continue;
    const { byteOffset, byteLength } = tensor.data;
    const from = byteOffset - copy.byteOffset;
    for (let block = from; block < from + byteLength; block += Q4_1_BLOCK) {
      const [scale, least] = [view.getFloat16(block, true), view.getFloat16(block + 2, true)];
      view.setFloat16(block + 2, least + scale / 2, true);
      for (let at = block + NIBBLES_AT; at < block + Q4_1_BLOCK; at++) copy[at] = copy[at]! & 0xee;
    }
  }
  return copy;
}

/** All tensors of two neighbouring layers change places. */
export function layersSwapped(file: Uint8Array, layer: number): Uint8Array {
  const copy = file.slice();
  const { tensors } = readGguf(copy);
  for (const [name, tensor] of tensors) {
    if (!name.startsWith(`blk.${layer}.`)) continue;
    const other = tensors.get(name.replace(`blk.${layer}.`, `blk.${layer + 1}.`));
    if (other === undefined) throw new Error(`no ${name} one layer up`);
    const [mine, theirs] = [placeOf(copy, tensor), placeOf(copy, other)];
    const kept = mine.slice();
    mine.set(theirs);
    theirs.set(kept);
  }
  return copy;
}

/** The tensor's bytes in this copy, to be written. */
const placeOf = (copy: Uint8Array, { data }: GgufTensor): Uint8Array =>
  copy.subarray(data.byteOffset - copy.byteOffset, data.byteOffset - copy.byteOffset + data.byteLength);
