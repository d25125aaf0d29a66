/**
 * Extrinsics, version 4. Layout at spec 424: `length | 0x84 | 0x00 account | 0x01 signature | era | nonce | tip | mode | call`,
 * and bare ones `length | 0x04 | call`.
 */
import { compact } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../protocol/failure.ts";
import { concat } from "./concat.ts";
import { decodeEra, type Era, encodeEra } from "./era.ts";
import { blake2b256 } from "./hash.ts";
import { fromHex, type Hex, toHex } from "./hex.ts";

/** Signed extensions that carry bytes, in the order of the chain; all others must be empty. */
const CARRIED: Readonly<Record<string, (extra: Extra) => Uint8Array>> = {
  CheckMortality: ({ era }) => encodeEra(era),
  CheckNonce: ({ nonce }) => compact.enc(nonce),
  ChargeTransactionPayment: ({ tip }) => compact.enc(tip),
  CheckMetadataHash: () => Uint8Array.of(0),
};

/** Signed over and not carried. */
const IMPLIED: Readonly<Record<string, (implied: Implied) => Uint8Array>> = {
  CheckSpecVersion: ({ specVersion }) => u32(specVersion),
  CheckTxVersion: ({ transactionVersion }) => u32(transactionVersion),
  CheckGenesis: ({ genesisHash }) => fromHex(genesisHash),
  CheckMortality: ({ birthHash }) => fromHex(birthHash),
  CheckMetadataHash: () => Uint8Array.of(0),
};

/** The extensions of spec 424 with data, for chains whose metadata is known to be so. */
export const EXTENSIONS: readonly string[] = [
  "CheckNonZeroSender",
  "CheckSpecVersion",
  "CheckTxVersion",
  "CheckGenesis",
  "CheckMortality",
  "CheckNonce",
  "CheckWeight",
  "ChargeTransactionPayment",
  "SudoTransactionExtension",
  "CheckShieldedTxValidity",
  "SubtensorTransactionExtension",
  "DrandPriority",
  "CheckMetadataHash",
];

export interface Extra {
  readonly era: Era;
  readonly nonce: number;
  readonly tip: bigint;
}

export interface Implied {
  readonly specVersion: number;
  readonly transactionVersion: number;
  readonly genesisHash: Hex;
  /** Hash of the era's birth block; the genesis hash when immortal. */
  readonly birthHash: Hex;
}

/** What is signed: itself up to 256 bytes, its BLAKE2b-256 beyond. `extensions` are the metadata's, in order. */
export function signedPayload(
  call: Uint8Array,
  extra: Extra,
  implied: Implied,
  extensions: readonly string[] = EXTENSIONS,
): Uint8Array {
  const payload = concat([
    call,
    ...extensions.flatMap((name) => CARRIED[name]?.(extra) ?? []),
    ...extensions.flatMap((name) => IMPLIED[name]?.(implied) ?? []),
  ]);
  return payload.length > 256 ? blake2b256(payload) : payload;
}

/** A signed extrinsic with its length in front. `account` is 32 bytes, `signature` 64 of sr25519. */
export function encodeSigned(
  call: Uint8Array,
  { account, signature, extra }: { account: Uint8Array; signature: Uint8Array; extra: Extra },
  extensions: readonly string[] = EXTENSIONS,
): Uint8Array {
  const body = concat([
    Uint8Array.of(0x84, 0x00),
    account,
    Uint8Array.of(SR25519),
    signature,
    ...extensions.flatMap((name) => CARRIED[name]?.(extra) ?? []),
    call,
  ]);
  return withLength(body);
}

/** An extrinsic that nobody signs: inherents such as the timestamp. */
export const encodeBare = (call: Uint8Array): Uint8Array => withLength(concat([Uint8Array.of(0x04), call]));

/** The name by which clients find an extrinsic in a block. */
export const extrinsicHash = (extrinsic: Uint8Array): Hex => toHex(blake2b256(extrinsic));

const SR25519 = 0x01;
const SIGNATURE_WIDTHS = [64, 64, 65];
const SCHEMES = ["ed25519", "sr25519", "ecdsa"] as const;

export interface DecodedExtrinsic {
  /** Absent for a bare extrinsic. */
  readonly signed?: {
    readonly account: Uint8Array;
    readonly scheme: (typeof SCHEMES)[number];
    readonly signature: Uint8Array;
    readonly extra: Extra;
  };
  /** The call's SCALE. */
  readonly call: Uint8Array;
}

/** Takes an extrinsic of spec 424 apart. Fails with `malformed`, saying what is wrong. */
export function decodeExtrinsic(extrinsic: Uint8Array): DecodedExtrinsic {
  const reader = new Cursor(extrinsic);
  const length = reader.compact();
  if (length !== BigInt(reader.left)) {
    throw malformed(`the length in front says ${length} bytes, ${reader.left} follow`);
  }
  const version = reader.byte();
  if (version === 0x04) return { call: reader.rest() };
  if (version !== 0x84) throw malformed(`extrinsic version ${version} is not signed version 4`);
  const kind = reader.byte();
  if (kind !== 0) throw malformed("the signer must be given as an account id");
  const account = reader.take(32);
  const scheme = reader.byte();
  const width = SIGNATURE_WIDTHS[scheme];
  if (width === undefined) throw malformed(`no signature scheme ${scheme}`);
  const signature = reader.take(width);
  const era = reader.era();
  const nonce = reader.compact();
  if (nonce > 0xffff_ffffn) throw malformed("the nonce is beyond 32 bits");
  const tip = reader.compact();
  if (tip > 0xffff_ffff_ffff_ffffn) throw malformed("the tip is beyond 64 bits");
  const mode = reader.byte();
  if (mode !== 0) throw malformed("metadata hashes are not supported: sign with mode 0");
  const extra: Extra = { era, nonce: Number(nonce), tip };
  return { signed: { account, scheme: SCHEMES[scheme]!, signature, extra }, call: reader.rest() };
}

class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(count: number): Uint8Array {
    if (this.left < count) throw malformed("the extrinsic is cut off");
    this.#at += count;
    return this.#bytes.slice(this.#at - count, this.#at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  rest(): Uint8Array {
    return this.take(this.left);
  }

  era(): Era {
    const { era, width } = decodeEra(this.#bytes.subarray(this.#at, this.#at + 2));
    this.take(width);
    return era;
  }

  compact(): bigint {
    const first = this.#bytes[this.#at];
    if (first === undefined) throw malformed("the extrinsic is cut off");
    const mode = first & 3;
    const width = mode === 3 ? (first >> 2) + 5 : 1 << mode;
    return BigInt(compact.dec(this.take(width)));
  }
}

function withLength(body: Uint8Array): Uint8Array {
  return concat([compact.enc(body.length), body]);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

const malformed = (message: string): Failure => new Failure("malformed", message);
