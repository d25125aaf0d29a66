/**
 * BT-AUTH-V1: how the coordinator of SN94 (BitSota) and its miners and validators sign. The signature covers method,
 * path, query, time in seconds and the canonical JSON of the body; it names no receiver.
 */
import type { Clock } from "../../runtime/ports/clock.ts";
import type { Signer } from "../chain.ts";
import { verifySignature } from "../keys/verify.ts";
import { admit, type Verifier } from "./admit.ts";
import { canonicalised } from "./canonical-json.ts";
import {
  ADDRESS,
  type Caller,
  type HttpRequest,
  requiredHeader,
  type SignedRequest,
  sha256Hex,
  signatureHeader,
} from "./request.ts";

const HEADER = { hotkey: "X-Hotkey", timestamp: "X-Timestamp", signature: "X-Signature" } as const;

/** The published service allows 300 s of age; nothing is known of the future, so a little. */
const DEFAULTS = { maxAgeMs: 300_000, maxSkewMs: 30_000 };

/** The published service has no replay cache: within its 300 s every request can be sent again. */
export interface BtAuthV1Verifier extends Verifier {
  maxAgeMs?: number;
  maxSkewMs?: number;
}

/** The text that is signed: six lines. `bodyHash` is of the canonical body. */
export function btAuthV1Message(
  { method, target }: Pick<HttpRequest, "method" | "target">,
  parts: { seconds: string; bodyHash: string },
): string {
  const at = target.indexOf("?");
  const [path, query] = at < 0 ? [target, ""] : [target.slice(0, at), target.slice(at + 1)];
  return ["BT-AUTH-V1", method.toUpperCase(), path, query, parts.seconds, parts.bodyHash].join("\n");
}

/** Headers for one request. The body must be what is sent: take the bytes of `canonicalJson(value)` for JSON. */
export async function signBtAuthV1(
  request: HttpRequest,
  { signer, clock }: { signer: Signer; clock: Clock },
): Promise<Record<string, string>> {
  const seconds = String(Math.floor(clock.now() / 1_000));
  const message = btAuthV1Message(request, { seconds, bodyHash: sha256Hex(request.body) });
  const signature = await signer.sign(new TextEncoder().encode(message));
  return {
    [HEADER.hotkey]: signer.hotkey,
    [HEADER.timestamp]: seconds,
    [HEADER.signature]: signature.replace(/^0x/, ""),
  };
}

/**
 * Who sent the request, or a failure with the reason. The hash may be of the body as sent, or of its canonical form:
 * Python clients sign the latter and send the former.
 */
export async function verifyBtAuthV1(request: SignedRequest, verifier: BtAuthV1Verifier): Promise<Caller> {
  const sender = requiredHeader(request.headers, HEADER.hotkey, ADDRESS);
  const seconds = requiredHeader(request.headers, HEADER.timestamp, /^[1-9]\d{0,11}$/);
  const signature = signatureHeader(request.headers, HEADER.signature);
  const at = Number(seconds) * 1_000;
  await admit(
    {
      sender,
      at,
      // There is no nonce. The signature itself is one: it is randomised, and nobody else can make another.
      id: `bt-auth-v1 ${signature}`,
      signed: () => signedEitherWay(request, { sender, seconds, signature }),
      hint: "Sign the six lines of BT-AUTH-V1 over exactly the body that is sent.",
    },
    { maxAgeMs: verifier.maxAgeMs ?? DEFAULTS.maxAgeMs, maxSkewMs: verifier.maxSkewMs ?? DEFAULTS.maxSkewMs },
    verifier,
  );
  return { hotkey: sender, at };
}

async function signedEitherWay(
  request: HttpRequest,
  { sender, seconds, signature }: { sender: string; seconds: string; signature: string },
): Promise<boolean> {
  const signed = (body: Uint8Array | string) =>
    verifySignature(sender, btAuthV1Message(request, { seconds, bodyHash: sha256Hex(body) }), signature);
  if (await signed(request.body)) return true;
  const canonical = canonicalised(Buffer.from(request.body).toString("utf8"));
  return canonical !== undefined && (await signed(canonical));
}
