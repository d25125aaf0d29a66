/**
 * Reads GGUF, the file format of llama.cpp's models: versions 2 and 3, little-endian
 * (github.com/ggml-org/ggml, docs/gguf.md). Nothing in the file is believed before it is checked.
 */
import { Failure } from "../../protocol/failure.ts";
import { Cursor, malformed } from "./cursor.ts";
import { TENSOR_TYPES, type TensorType } from "./tensor-types.ts";

export type GgufValue = number | boolean | string | readonly (number | boolean | string)[];

export interface GgufTensor {
  readonly name: string;
  /** Fastest axis first: `[K, N]` is N rows of K values. */
  readonly dims: readonly number[];
  readonly type: TensorType;
  /** As stored: a view of the file. */
  readonly data: Uint8Array;
}

export interface Gguf {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const MAGIC = 0x46_55_47_47;
const MAX_ENTRIES = 65_536;
const MAX_TENSORS = 65_536;
const MAX_DIMS = 4;
const MAX_NAME = 1_024;
const MAX_TEXT = 16 * 1024 * 1024;
const MAX_ARRAY = 4_194_304;
const MAX_ALIGNMENT = 65_536;
const DEFAULT_ALIGNMENT = 32;
/** No array element takes less than a byte, so an array longer than the file is a lie. */
const TEXT = 8;
const ARRAY = 9;

/** Fails with `malformed` for a damaged file and `refused` for a kind of numbers that is not read here. */
export function readGguf(bytes: Uint8Array): Gguf {
  const cursor = new Cursor(bytes);
  if (cursor.left < 4 || cursor.u32() !== MAGIC) {
    throw new Failure("malformed", "this is no GGUF file", {
      meta: { bytes: bytes.length },
      hint: mistakenFor(bytes),
    });
  }
  const version = cursor.u32();
  if (version !== 2 && version !== 3) {
    throw new Failure("refused", "this version of GGUF is not read", {
      meta: { version },
      hint: "Read are versions 2 and 3, little-endian; llama.cpp's converter writes them.",
    });
  }
  const tensorCount = bounded("tensors", cursor.u64(), MAX_TENSORS);
  const entryCount = bounded("metadata entries", cursor.u64(), MAX_ENTRIES);
  const metadata = new Map<string, GgufValue>();
  for (let n = 0; n < entryCount; n++) {
    const key = cursor.text(MAX_NAME);
    if (metadata.has(key)) throw malformed("a metadata key comes twice", { key });
    metadata.set(key, readValue(cursor, cursor.u32()));
  }
  const directory = Array.from({ length: tensorCount }, () => readEntry(cursor));
  const base = aligned(cursor.at, alignmentOf(metadata));
  const tensors = new Map<string, GgufTensor>();
  for (const { name, dims, type, offset } of directory) {
    if (tensors.has(name)) throw malformed("a tensor comes twice", { name });
    if (offset % alignmentOf(metadata) !== 0) throw malformed("a tensor is not aligned", { name, offset });
    const size = (dims.reduce((product, dim) => product * dim, 1) / type.values) * type.bytes;
    const from = base + offset;
    if (from + size > bytes.length) {
      throw malformed("a tensor lies outside the file", { name, from, size, bytes: bytes.length });
    }
    tensors.set(name, { name, dims, type, data: bytes.subarray(from, from + size) });
  }
  return { version, metadata, tensors };
}

/** What people take for one. */
function mistakenFor(bytes: Uint8Array): string {
  const start = new TextDecoder().decode(bytes.subarray(0, 64));
  if (start.startsWith("version https://git-lfs"))
    return "It only points to the file: fetch the file itself with git lfs pull.";
  if (/^\s*<(?:!doctype|html|\?xml)/i.test(start))
    return "It is a web page: the address was not that of the file itself.";
  if (start.slice(8).trimStart().startsWith("{") || start.startsWith("PK"))
    return "It may be a model in another format: llama.cpp's convert_hf_to_gguf.py makes GGUF of most.";
  return "The file is damaged or no GGUF file; fetch it again.";
}

function readEntry(cursor: Cursor): { name: string; dims: number[]; type: TensorType; offset: number } {
  const name = cursor.text(MAX_NAME);
  const dims = Array.from({ length: bounded("dimensions", cursor.u32(), MAX_DIMS) }, () => cursor.u64());
  const product = dims.reduce((all, dim) => all * dim, 1);
  if (dims.length === 0 || dims.some((dim) => dim < 1) || !Number.isSafeInteger(product)) {
    throw malformed("a tensor has an impossible shape", { name, dims: dims.join("×") });
  }
  const number = cursor.u32();
  const type = TENSOR_TYPES[number];
  if (type === undefined) {
    throw new Failure("refused", "the file stores numbers in a way that is not read here", {
      meta: { tensor: name, type: number },
      hint: `Read are ${Object.values(TENSOR_TYPES)
        .map((known) => known.name)
        .join(", ")}.`,
    });
  }
  if (dims[0]! % type.values !== 0) {
    throw malformed("a row of a tensor is no whole number of blocks", {
      name,
      row: dims[0]!,
      block: type.values,
    });
  }
  return { name, dims, type, offset: cursor.u64() };
}

function readValue(cursor: Cursor, type: number): GgufValue {
  const read = SCALARS(cursor)[type];
  if (read !== undefined) return read();
  if (type !== ARRAY) throw malformed("a metadata value has no known type", { type });
  const of = cursor.u32();
  const count = bounded("array elements", cursor.u64(), Math.min(MAX_ARRAY, cursor.left));
  const element = SCALARS(cursor)[of];
  if (element === undefined) throw malformed("an array holds no plain values", { type: of });
  const values = new Array<number | boolean | string>(count);
  for (let n = 0; n < count; n++) values[n] = element();
  return values;
}

const SCALARS = (cursor: Cursor): Readonly<Record<number, () => number | boolean | string>> => ({
  0: cursor.u8,
  1: cursor.i8,
  2: cursor.u16,
  3: cursor.i16,
  4: cursor.u32,
  5: cursor.i32,
  6: cursor.f32,
  7: () => cursor.u8() !== 0,
  [TEXT]: () => cursor.text(MAX_TEXT),
  10: cursor.u64,
  11: cursor.i64,
  12: cursor.f64,
});

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>): number {
  const alignment = metadata.get("general.alignment") ?? DEFAULT_ALIGNMENT;
  if (
    typeof alignment === "number" &&
    alignment >= 1 &&
    alignment <= MAX_ALIGNMENT &&
    Number.isInteger(Math.log2(alignment))
  )
    return alignment;
  throw malformed("the alignment must be a power of two", { alignment: String(alignment).slice(0, 40) });
}

const aligned = (at: number, to: number): number => Math.ceil(at / to) * to;

function bounded(what: string, count: number, limit: number): number {
  if (count <= limit) return count;
  throw malformed(`the file claims more ${what} than it can have`, { count, limit });
}
