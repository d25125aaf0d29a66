/** Codecs from a fixed width, for one value and for a vector at once. */
import { Bytes, type Codec, compact, createCodec, createDecoder } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../../protocol/failure.ts";
import type { FixedWidth } from "./type.ts";

/** No vector that the devnet reads has more elements: what claims to is refused before anything is allocated. */
export const MAX_ELEMENTS = 1 << 20;

export function fixedCodec<T>({ size, write, read }: FixedWidth<T>): Codec<T> {
  return createCodec(
    (value) => {
      const bytes = new Uint8Array(size);
      write(new DataView(bytes.buffer), 0, value);
      return bytes;
    },
    createDecoder((bytes) => read(viewOf(takeBytes(bytes, size)), 0)),
  );
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
