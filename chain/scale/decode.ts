/** Decoding from bytes that others hand in. The library reads the buffer below a view, and forgives what is left over. */
import { Bytes, type Decoder, Tuple } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../protocol/failure.ts";

/** The value in the bytes, all of them. Fails with `malformed`. */
export function decodeAll<T>(codec: { dec: Decoder<T> }, bytes: Uint8Array): T {
  const { value, rest } = decodeFront(codec, bytes);
  if (rest.length === 0) return value;
  throw new Failure("malformed", "bytes are left over", { meta: { left: rest.length } });
}

/** The value that the bytes begin with, and what follows it. Fails with `malformed`. */
export function decodeFront<T>(
  { dec }: { dec: Decoder<T> },
  bytes: Uint8Array,
): { value: T; rest: Uint8Array } {
  const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  try {
    const [value, rest] = Tuple.dec(dec, REST)(own);
    return { value, rest };
  } catch (error) {
    throw error instanceof Failure
      ? error
      : new Failure("malformed", "the bytes are no value of that type", {
          meta: { bytes: bytes.length },
          cause: error,
        });
  }
}

const REST = Bytes.dec(Number.POSITIVE_INFINITY);
