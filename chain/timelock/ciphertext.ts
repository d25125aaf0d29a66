/**
 * The bytes of a timelock ciphertext as arkworks writes them (crate `timelock`, which subtensor and its clients use):
 * `U (G2, 96) | u64 32, V | u64 32, W | u64 length, body | u64 8, "AES_GCM_"`, the body being
 * `u64 length, ciphertext and tag | u64 12, nonce`. Numbers are little endian.
 */
import { Failure } from "../../protocol/failure.ts";

export interface Ciphertext {
  /** r·G2, compressed. */
  u: Uint8Array;
  v: Uint8Array;
  w: Uint8Array;
  /** AES-256-GCM ciphertext with its tag of 16 bytes at the end. */
  sealed: Uint8Array;
  nonce: Uint8Array;
}

const SUITE = new TextEncoder().encode("AES_GCM_");
const U_BYTES = 96;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** More than any chain takes; the chain's own bound on a weight commit is 5,000. */
const MAX_BYTES = 1 << 20;

export function encodeCiphertext({ u, v, w, sealed, nonce }: Ciphertext): Uint8Array {
  const body = Buffer.concat([counted(sealed), counted(nonce)]);
  return new Uint8Array(Buffer.concat([u, counted(v), counted(w), counted(body), counted(SUITE)]));
}

/** Fails with `malformed` on anything that is not exactly one ciphertext. */
export function decodeCiphertext(bytes: Uint8Array): Ciphertext {
  if (bytes.length > MAX_BYTES) throw notOne("it is too long", { bytes: bytes.length, limit: MAX_BYTES });
  const whole = reader(bytes);
  const u = whole.take(U_BYTES);
  const v = whole.exactly(KEY_BYTES);
  const w = whole.exactly(KEY_BYTES);
  const body = reader(whole.some());
  const sealed = body.some();
  const nonce = body.exactly(NONCE_BYTES);
  body.end();
  if (!Buffer.from(whole.exactly(SUITE.length)).equals(SUITE)) throw notOne("its cipher is unknown");
  whole.end();
  if (sealed.length < TAG_BYTES) throw notOne("its content lacks a tag", { bytes: sealed.length });
  return { u, v, w, sealed, nonce };
}

function counted(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}

function reader(bytes: Uint8Array) {
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (count > bytes.length - at) throw notOne("it ends early", { needed: count, left: bytes.length - at });
    at += count;
    return bytes.slice(at - count, at);
  };
  const some = (): Uint8Array => {
    const length = Buffer.from(take(8)).readBigUInt64LE();
    if (length > BigInt(bytes.length)) throw notOne("it ends early", { left: bytes.length - at });
    return take(Number(length));
  };
  return {
    take,
    some,
    exactly(count: number): Uint8Array {
      const part = some();
      if (part.length !== count)
        throw notOne("a part has the wrong length", { needed: count, is: part.length });
      return part;
    },
    end() {
      if (at !== bytes.length) throw notOne("it has more bytes than it should", { more: bytes.length - at });
    },
  };
}

const notOne = (reason: string, meta: Record<string, number> = {}): Failure =>
  new Failure("malformed", `the bytes are no timelock ciphertext: ${reason}`, { meta });
