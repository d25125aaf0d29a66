/**
 * Epistula version 2, as subnets of Targon, Macrocosmos and others speak it (https://epistula.sybil.com). The signature
 * covers the body, an id, the time and the receiver; method and path are not covered.
 */

import type { Clock } from "../../runtime/ports/clock.ts";
import type { Rng } from "../../runtime/ports/rng.ts";
import type { Signer } from "../chain.ts";
import { verifySignature } from "../keys/verify.ts";
import { admit, type Verifier } from "./admit.ts";
import { refusal } from "./refusal.ts";
import {
  ADDRESS,
  type Caller,
  headerOf,
  type ReceivedHeaders,
  requiredHeader,
  sha256Hex,
  signatureHeader,
} from "./request.ts";
import { uuidOf } from "./uuid.ts";

const HEADER = {
  version: "Epistula-Version",
  timestamp: "Epistula-Timestamp",
  uuid: "Epistula-Uuid",
  signedBy: "Epistula-Signed-By",
  signedFor: "Epistula-Signed-For",
  signature: "Epistula-Request-Signature",
} as const;

/** Implementations allow 8 s back and say nothing about the future. */
const DEFAULTS = { maxAgeMs: 8_000, maxSkewMs: 2_000 };
const INTERVAL_MS = 10_000;

export interface EpistulaCaller extends Caller {
  uuid: string;
}

export interface EpistulaVerifier extends Verifier {
  /** Our own hotkey: a request for anybody else is refused. */
  receiver: string;
  maxAgeMs?: number;
  maxSkewMs?: number;
  /** Accept requests that name no receiver; they can be replayed against every server. */
  allowUnbound?: boolean;
}

/** The text that is signed; `receiver` undefined is left empty. */
export const epistulaMessage = (
  body: Uint8Array,
  parts: { uuid: string; timestamp: number | string; receiver: string | undefined },
): string => `${sha256Hex(body)}.${parts.uuid}.${parts.timestamp}.${parts.receiver ?? ""}`;

/**
 * Headers for one request. With a receiver come three signatures of time intervals, which let a receiver refuse early;
 * the Python and Go implementations count the interval differently and this writes Go's, which is the specification's.
 */
export async function signEpistula(
  body: Uint8Array,
  { signer, clock, rng, receiver }: { signer: Signer; clock: Clock; rng: Rng; receiver?: string },
): Promise<Record<string, string>> {
  const timestamp = clock.now();
  const uuid = uuidOf(rng.bytes(16));
  const sign = (text: string) => signer.sign(new TextEncoder().encode(text));
  const headers: Record<string, string> = {
    [HEADER.version]: "2",
    [HEADER.timestamp]: String(timestamp),
    [HEADER.uuid]: uuid,
    [HEADER.signedBy]: signer.hotkey,
    [HEADER.signature]: await sign(epistulaMessage(body, { uuid, timestamp, receiver })),
  };
  if (receiver === undefined) return headers;
  headers[HEADER.signedFor] = receiver;
  const interval = Math.ceil(timestamp / INTERVAL_MS);
  for (const at of [0, 1, 2])
    headers[`Epistula-Secret-Signature-${at}`] = await sign(`${interval + at - 1}.${receiver}`);
  return headers;
}

/**
 * Who sent the request, or a failure with the reason. The interval signatures are not looked at: implementations
 * disagree on them, and they add nothing to the signature of the request itself.
 */
export async function verifyEpistula(
  request: { body: Uint8Array; headers: ReceivedHeaders },
  verifier: EpistulaVerifier,
): Promise<EpistulaCaller> {
  const { headers, body } = request;
  requiredHeader(headers, HEADER.version, /^2$/);
  const timestamp = requiredHeader(headers, HEADER.timestamp, /^[1-9]\d{0,15}$/);
  const uuid = requiredHeader(headers, HEADER.uuid, /^[\w-]{1,64}$/);
  const sender = requiredHeader(headers, HEADER.signedBy, ADDRESS);
  const signature = signatureHeader(headers, HEADER.signature);
  const signedFor = headerOf(headers, HEADER.signedFor) || undefined;
  if (signedFor === undefined ? verifier.allowUnbound !== true : signedFor !== verifier.receiver)
    throw refusal("wrong-receiver", "The request is not signed for this hotkey", {
      hint: `Sign it for ${verifier.receiver} in ${HEADER.signedFor}.`,
    });
  const at = Number(timestamp);
  const message = epistulaMessage(body, { uuid, timestamp, receiver: signedFor });
  await admit(
    {
      sender,
      at,
      id: `epistula ${uuid}`,
      signed: () => verifySignature(sender, message, signature),
      hint: "Sign sha256(body).uuid.timestamp.receiver over the body exactly as it is sent.",
    },
    { maxAgeMs: verifier.maxAgeMs ?? DEFAULTS.maxAgeMs, maxSkewMs: verifier.maxSkewMs ?? DEFAULTS.maxSkewMs },
    verifier,
  );
  return { hotkey: sender, at, uuid };
}
