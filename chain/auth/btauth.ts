/**
 * `btauth/1`: the official signed requests since bittensor 11 (https://www.bittensor.com/docs/guides/signed-requests).
 * The signature covers method, target, body, time, sender and receiver.
 */
import type { Keypair } from "../keys/keypair.ts";
import { type Scheme, verifySignature } from "../keys/verify.ts";
import { admit, type Verifier } from "./admit.ts";
import { timeOfNonce } from "./nonce-source.ts";
import { refusal } from "./refusal.ts";
import {
  ADDRESS,
  type Caller,
  type HttpRequest,
  headerOf,
  requiredHeader,
  type SignedRequest,
  sha256Hex,
  signatureHeader,
} from "./request.ts";

const HEADER = {
  version: "X-Bittensor-Version",
  hotkey: "X-Bittensor-Hotkey",
  receiver: "X-Bittensor-Receiver",
  nonce: "X-Bittensor-Nonce",
  crypto: "X-Bittensor-Crypto",
  signature: "X-Bittensor-Signature",
} as const;

const DEFAULTS = { maxAgeMs: 10_000, maxSkewMs: 2_000 };

export interface BtAuthCaller extends Caller {
  nonce: bigint;
  scheme: Scheme;
}

export interface BtAuthVerifier extends Verifier {
  /** Our own hotkey: a request for anybody else is refused. */
  receiver: string;
  maxAgeMs?: number;
  maxSkewMs?: number;
  /** Accept requests that name no receiver; they can be replayed against every server. */
  allowUnbound?: boolean;
  schemes?: readonly Scheme[];
}

/** The bytes that are signed: eight lines. `receiver` undefined is written `-`. */
export function btAuthPayload(
  request: HttpRequest,
  parts: { scheme: Scheme; nonce: bigint; sender: string; receiver: string | undefined },
): string {
  return [
    "btauth/1",
    parts.scheme,
    request.method.toUpperCase(),
    request.target,
    sha256Hex(request.body),
    String(parts.nonce),
    parts.sender,
    parts.receiver ?? "-",
  ].join("\n");
}

/** Headers for one request. Take the nonce from a nonce source, a fresh one for each retry. */
export async function signBtAuth(
  request: HttpRequest,
  { keypair, nonce, receiver }: { keypair: Keypair; nonce: bigint; receiver?: string },
): Promise<Record<string, string>> {
  const { scheme, hotkey: sender } = keypair;
  const payload = btAuthPayload(request, { scheme, nonce, sender, receiver });
  return {
    [HEADER.version]: "1",
    [HEADER.hotkey]: sender,
    [HEADER.nonce]: String(nonce),
    [HEADER.signature]: await keypair.sign(new TextEncoder().encode(payload)),
    ...(scheme === "sr25519" ? {} : { [HEADER.crypto]: scheme }),
    ...(receiver === undefined ? {} : { [HEADER.receiver]: receiver }),
  };
}

/** Who sent the request, or a failure with the reason: shape, receiver, time, sender, signature, replay, in this order. */
export async function verifyBtAuth(request: SignedRequest, verifier: BtAuthVerifier): Promise<BtAuthCaller> {
  const { headers } = request;
  requiredHeader(headers, HEADER.version, /^1$/);
  const sender = requiredHeader(headers, HEADER.hotkey, ADDRESS);
  const nonce = BigInt(requiredHeader(headers, HEADER.nonce, /^[1-9]\d{0,19}$/));
  const scheme = schemeOf(headerOf(headers, HEADER.crypto), verifier.schemes ?? ["sr25519"]);
  const signature = signatureHeader(headers, HEADER.signature);
  const receiver = headerOf(headers, HEADER.receiver);
  if (receiver === undefined ? verifier.allowUnbound !== true : receiver !== verifier.receiver)
    throw refusal("wrong-receiver", "The request is not signed for this hotkey", {
      hint: `Sign it for the receiver ${verifier.receiver}.`,
    });
  const at = timeOfNonce(nonce);
  const payload = btAuthPayload(request, { scheme, nonce, sender, receiver });
  await admit(
    {
      sender,
      at,
      id: `btauth ${nonce}`,
      signed: () => verifySignature(sender, payload, signature, scheme),
      hint: "Sign method, target with its query, and the body, exactly as they are sent.",
    },
    { maxAgeMs: verifier.maxAgeMs ?? DEFAULTS.maxAgeMs, maxSkewMs: verifier.maxSkewMs ?? DEFAULTS.maxSkewMs },
    verifier,
  );
  return { hotkey: sender, at, nonce, scheme };
}

/** The one scheme that the sender names, of those we allow: never try-both. */
function schemeOf(named: string | undefined, allowed: readonly Scheme[]): Scheme {
  const scheme = allowed.find((each) => each === (named ?? "sr25519").trim().toLowerCase());
  if (scheme !== undefined) return scheme;
  throw refusal("malformed", "The signature scheme is not accepted here", {
    hint: `Sign with ${allowed.join(" or ")}.`,
  });
}
