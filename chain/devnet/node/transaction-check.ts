/** From bytes to a transaction that is really its signer's. What it does to the state is not asked here. */
import { ed25519Verify, sr25519Verify } from "@polkadot/util-crypto";
import { Failure } from "../../../protocol/failure.ts";
import { decodeAll } from "../../scale/decode.ts";
import type { Era } from "../../scale/era.ts";
import {
  type DecodedExtrinsic,
  decodeExtrinsic,
  extrinsicHash,
  signedPayload,
} from "../../scale/extrinsic.ts";
import { type Hex, toHex } from "../../scale/hex.ts";
import { type AccountId, InvalidTransaction, type RuntimeCall, type Type } from "../declare/index.ts";
import type { CallTable } from "./call-table.ts";
import { PoolRefusal } from "./pool-refusal.ts";
import type { Transaction } from "./runtime.ts";

/** An extrinsic that was taken apart; its signature is not checked yet. */
export interface DecodedTransaction extends Transaction {
  readonly hash: Hex;
  readonly bytes: Uint8Array;
  readonly era: Era;
  readonly encodedCall: Uint8Array;
  readonly signed: NonNullable<DecodedExtrinsic["signed"]>;
}

/** What every signature covers besides the extrinsic. */
export interface SigningFacts {
  readonly genesisHash: Hex;
  readonly specVersion: number;
  readonly transactionVersion: number;
}

export interface CallDecoder {
  readonly type: Type<RuntimeCall>;
  readonly table: CallTable;
  /** The name of a call by its first two bytes, simulated or not. */
  nameOf(pallet: number, call: number): string | undefined;
}

/** One extrinsic may be a fraction of a block. */
export const MAX_EXTRINSIC_BYTES = 1 << 20;

/** Takes an extrinsic apart; throws a `PoolRefusal`. */
export function decodeTransaction(bytes: Uint8Array, calls: CallDecoder): DecodedTransaction {
  if (bytes.length > MAX_EXTRINSIC_BYTES)
    throw PoolRefusal.invalid(new InvalidTransaction("ExhaustsResources").data);
  const { signed, call: encodedCall } = decoded(bytes);
  // Bare extrinsics are inherents, which only a block's author may make.
  if (signed === undefined) throw PoolRefusal.invalid(new InvalidTransaction("Call").data);
  const call = decodedCall(encodedCall, calls);
  return {
    hash: extrinsicHash(bytes),
    bytes,
    call,
    declared: calls.table.find(call),
    who: toHex(signed.account) as AccountId,
    nonce: signed.extra.nonce,
    tip: signed.extra.tip,
    length: bytes.length,
    era: signed.extra.era,
    encodedCall,
    signed,
  };
}

function decoded(bytes: Uint8Array): DecodedExtrinsic {
  try {
    return decodeExtrinsic(bytes);
  } catch (error) {
    throw PoolRefusal.badFormat(Failure.from(error).message);
  }
}

function decodedCall(bytes: Uint8Array, { type, nameOf }: CallDecoder): RuntimeCall {
  try {
    return decodeAll(type.codec, bytes);
  } catch (error) {
    if (error instanceof PoolRefusal) throw error;
    const why = Failure.from(error);
    const name = nameOf(bytes[0] ?? 0, bytes[1] ?? 0);
    // A call that only the served metadata knows.
    if (name !== undefined && why.message === "no such variant") throw PoolRefusal.notSimulated(name);
    throw PoolRefusal.badFormat(`could not decode the call: ${why.message}`);
  }
}

/** Passes when the signature is the signer's, given the hash of the era's birth block; throws an `InvalidTransaction`. */
export function verifySignature(
  transaction: DecodedTransaction,
  birthHash: Hex | undefined,
  facts: SigningFacts,
): asserts birthHash is Hex {
  if (birthHash === undefined) throw new InvalidTransaction("AncientBirthBlock");
  const { signed, encodedCall } = transaction;
  const payload = signedPayload(encodedCall, signed.extra, { ...facts, birthHash });
  const verify = VERIFY[signed.scheme];
  if (verify?.(payload, signed.signature, signed.account) !== true) throw new InvalidTransaction("BadProof");
}

type Verify = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array) => boolean;

const VERIFY: Partial<Record<string, Verify>> = {
  sr25519: withoutThrowing(sr25519Verify),
  ed25519: withoutThrowing(ed25519Verify),
};

/** The libraries throw at bytes that are no signature at all. */
function withoutThrowing(verify: Verify): Verify {
  return (message, signature, publicKey) => {
    try {
      return verify(message, signature, publicKey);
    } catch {
      return false;
    }
  };
}
