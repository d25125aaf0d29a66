/** Signs a call into an extrinsic that lives for a while and then never can be included any more. */
import { Failure } from "../../protocol/failure.ts";
import type { ChainHead } from "../../protocol/services/chain.ts";
import type { Signer } from "../chain.ts";
import { publicKeyOf } from "../keys/index.ts";
import type { ChainTypes } from "../scale/chain-types.ts";
import { birthOf, deathOf, mortalEra } from "../scale/era.ts";
import { encodeSigned, extrinsicHash, signedPayload } from "../scale/extrinsic.ts";
import { fromHex, type Hex, toHex } from "../scale/hex.ts";

export interface SignCallOptions {
  call: Uint8Array;
  signer: Signer;
  nonce: number;
  runtime: { specVersion: number; transactionVersion: number; types: ChainTypes };
  genesisHash: string;
  /** A block that will not be taken back: the extrinsic is of its chain only. */
  head: ChainHead;
  /** Hash of a block by its number, for the era. */
  hashOf(block: number): Promise<string>;
}

/** Blocks that it may wait for inclusion. */
const PERIOD = 32;

/** Extensions whose bytes are known here; one that is not, and has any, would make every signature a bad one. */
const UNDERSTOOD = new Set([
  "CheckMortality",
  "CheckNonce",
  "ChargeTransactionPayment",
  "CheckMetadataHash",
  "CheckSpecVersion",
  "CheckTxVersion",
  "CheckGenesis",
]);

export async function signCall(
  options: SignCallOptions,
): Promise<{ bytes: Hex; hash: Hex; nonce: number; born: number; dies: number }> {
  const { call, signer, nonce, runtime, genesisHash, head } = options;
  refuseUnknown(runtime.types);
  const account = publicKeyOf(signer.hotkey);
  if (account === undefined) {
    throw new Failure("malformed", "the signer is no account of this chain", {
      meta: { hotkey: signer.hotkey },
    });
  }
  const { extensions } = runtime.types;
  const era = mortalEra(head.block, PERIOD);
  const birth = birthOf(era, head.block);
  const birthHash = birth === head.block ? head.hash : await options.hashOf(birth);
  const extra = { era, nonce, tip: 0n };
  const payload = signedPayload(
    call,
    extra,
    {
      specVersion: runtime.specVersion,
      transactionVersion: runtime.transactionVersion,
      genesisHash: genesisHash as Hex,
      birthHash: birthHash as Hex,
    },
    extensions,
  );
  const signature = fromHex(await signer.sign(payload));
  const bytes = encodeSigned(call, { account, signature, extra }, extensions);
  return {
    bytes: toHex(bytes),
    hash: extrinsicHash(bytes),
    nonce,
    born: head.block,
    dies: deathOf(era, head.block),
  };
}

function refuseUnknown({ metadata, lookup }: ChainTypes): void {
  const byVersion = metadata.extrinsic.extensionsByVersion;
  const extensions = byVersion[4] ?? Object.values(byVersion)[0] ?? [];
  for (const { identifier, type, additionalSigned } of extensions) {
    if (UNDERSTOOD.has(identifier)) continue;
    if (lookup(type).type === "void" && lookup(additionalSigned).type === "void") continue;
    throw new Failure("unknown-version", `the chain wants ${identifier} in every extrinsic`, {
      hint: "This release cannot sign for its runtime: upgrade.",
    });
  }
}
