/** Codecs from a fixed width, for one value and for a vector at once. */
import { Bytes, type Codec, compact, createCodec, createDecoder } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../../protocol/failure.ts";

/** Width and access of a type whose values always take the same bytes: vectors of these are coded in one go. */
export interface FixedWidth<T> {
  readonly size: number;
  write(view: DataView, at: number, value: T): void;
  read(view: DataView, at: number): T;
}

/** No vector that the devnet reads has more elements: what claims to is refused before anything is allocated. */
export const MAX_ELEMENTS = 1 << 20;

/** Room for one value. A view made for each would cost more than the value does. */
export const MAX_FIXED = 256;
const scratch = new Uint8Array(MAX_FIXED);
const view = new DataView(scratch.buffer);

export function fixedCodec<T>(fixed: FixedWidth<T>): Codec<T> {
  const { size, write } = fixed;
  if (size > MAX_FIXED) throw new Failure("defect", `a fixed type has at most ${MAX_FIXED} bytes`);
  return createCodec(
    (value) => {
      write(view, 0, value);
      return scratch.slice(0, size);
    },
    createDecoder((bytes) => readFixed(fixed, takeBytes(bytes, size))),
  );
}

/** The value in exactly as many bytes as it takes. */
export function readFixed<T>({ read }: FixedWidth<T>, bytes: Uint8Array): T {
  scratch.set(bytes);
  return read(view, 0);
}

/** A vector with its compact length in front: one allocation for all of it. */
export function fixedVectorCodec<T>({ size, write, read }: FixedWidth<T>): Codec<T[]> {
  return createCodec(
    (values) => {
      const length = compact.enc(values.length);
      const bytes = new Uint8Array(length.length + size * values.length);
      bytes.set(length);
      const view = new DataView(bytes.buffer);
      for (let i = 0, at = length.length; i < values.length; i++, at += size) write(view, at, values[i] as T);
      return bytes;
    },
    createDecoder((bytes) => {
      const length = takeLength(bytes);
      const view = viewOf(takeBytes(bytes, size * length));
      const values = new Array<T>(length);
      for (let i = 0; i < length; i++) values[i] = read(view, i * size);
      return values;
    }),
  );
}

/** A compact length, bounded. `bytes` is the library's cursor. */
export function takeLength(bytes: Uint8Array): number {
  const length = Number(compact.dec(bytes));
  if (length <= MAX_ELEMENTS) return length;
  throw new Failure("too-large", `at most ${MAX_ELEMENTS} elements`, { meta: { length } });
}

/** Exactly that many bytes: the library itself would give fewer at the end of its input. */
export function takeBytes(bytes: Uint8Array, count: number): Uint8Array {
  const taken = Bytes(count).dec(bytes);
  if (taken.length === count) return taken;
  throw new Failure("malformed", "the bytes end too early", { meta: { wanted: count, left: taken.length } });
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
