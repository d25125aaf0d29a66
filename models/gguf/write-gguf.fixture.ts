/** Writes small GGUF files for tests: version 3, every tensor as F32 or as given bytes of any type. */

export type Entry = number | boolean | string | Float32 | readonly string[] | readonly number[];
/** A number to be stored as a 32-bit float; plain numbers are stored as unsigned 32-bit integers, rows of them as signed ones. */
export interface Float32 {
  readonly f32: number;
}

export interface TensorToWrite {
  name: string;
  dims: readonly number[];
  /** The type's number in the file; 0 is F32. */
  type: number;
  data: Uint8Array;
}

const ALIGNMENT = 32;
const U32 = 4;
const I32 = 5;
const F32 = 6;
const BOOL = 7;
const TEXT = 8;
const ARRAY = 9;

export const f32Tensor = (name: string, dims: readonly number[], values: Float32Array): TensorToWrite => ({
  name,
  dims,
  type: 0,
  data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

export function writeGguf(metadata: Record<string, Entry>, tensors: readonly TensorToWrite[]): Uint8Array {
  const head: Uint8Array[] = [
    Buffer.from("GGUF"),
    u32(3),
    u64(tensors.length),
    u64(Object.keys(metadata).length),
    ...Object.entries(metadata).flatMap(([key, value]) => [text(key), ...entry(value)]),
  ];
  let offset = 0;
  for (const { name, dims, type, data } of tensors) {
    head.push(text(name), u32(dims.length), ...dims.map(u64), u32(type), u64(offset));
    offset += padded(data.length);
  }
  const header = Buffer.concat(head);
  const body = tensors.map(({ data }) => Buffer.concat([data], padded(data.length)));
  return Buffer.concat([Buffer.concat([header], padded(header.length)), ...body]);
}

const padded = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;

function entry(value: Entry): Uint8Array[] {
  if (typeof value === "number") return [u32(U32), u32(value)];
  if (typeof value === "boolean") return [u32(BOOL), Uint8Array.of(value ? 1 : 0)];
  if (typeof value === "string") return [u32(TEXT), text(value)];
  if ("f32" in value) return [u32(F32), Buffer.from(Float32Array.of(value.f32).buffer)];
  const of = typeof value[0] === "number" ? I32 : TEXT;
  const elements = value.map((each) => (typeof each === "number" ? u32(each) : text(each)));
  return [u32(ARRAY), u32(of), u64(value.length), ...elements];
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}
