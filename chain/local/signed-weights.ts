/** Weights signed for a local chain: the same value for whoever submits them, hosts the chain, or looks for them later. */
import { canonicalJson, sha256 } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import { SubmitWeights } from "../../protocol/services/chain.ts";
import type { SignedCall, WeightCall } from "../../protocol/weight-setting.ts";
import { WeightVector } from "../../protocol/weights.ts";
import type { Signer } from "../chain.ts";
import { fromHex, toHex } from "../scale/hex.ts";
import { weightsMessage } from "./weights-message.ts";

/** Blocks that a signed call may wait. */
const LIFE = 64;

/** Signs as `Chain.weights.sign` does; a local chain knows weights in the open only. */
export async function signWeights(options: {
  netuid: number;
  call: WeightCall;
  signer: Signer;
  head: number;
}): Promise<SignedCall> {
  const { netuid, call, signer, head } = options;
  if (call.kind !== "set") {
    throw new Failure("refused", "CommitRevealDisabled", {
      meta: { call: call.kind },
      hint: "A local chain takes weights in the open.",
    });
  }
  const { hotkey } = signer;
  const vector = WeightVector.parse(call.row);
  const unsigned = { netuid, hotkey, vector, versionKey: Number(call.versionKey) };
  const signed: SubmitWeights = { ...unsigned, signature: await signer.sign(weightsMessage(unsigned)) };
  const bytes = new TextEncoder().encode(canonicalJson(signed));
  return {
    netuid,
    hotkey,
    bytes: toHex(bytes),
    hash: hashOfWeights(signed),
    nonce: 0,
    born: head,
    dies: head + LIFE,
  };
}

/** Fails with `malformed` for bytes that are none. */
export function readSignedWeights({ bytes }: Pick<SignedCall, "bytes">): SubmitWeights {
  try {
    return SubmitWeights.parse(JSON.parse(new TextDecoder().decode(fromHex(bytes))));
  } catch (cause) {
    throw new Failure("malformed", "these are no signed weights", { cause });
  }
}

/** The name of a submission. Chance in a signature makes two of the same weights two. */
export const hashOfWeights = (signed: SubmitWeights): string => `0x${sha256(canonicalJson(signed))}`;
