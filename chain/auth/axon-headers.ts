/**
 * The headers between dendrite and axon of bittensor up to version 10 (`bittensor/core/dendrite.py`, `axon.py`,
 * `synapse.py`). The signature covers time, both hotkeys, the sender's session and a hash of the fields that the synapse
 * declares as hashed, which for most synapses are none: then the body is not protected.
 */
import { createHash } from "node:crypto";
import type { Signer } from "../chain.ts";
import { verifySignature } from "../keys/verify.ts";
import { admit, type Verifier } from "./admit.ts";
import { timeOfNonce } from "./nonce-source.ts";
import { refusal } from "./refusal.ts";
import { mustOutlast } from "./replay-cache.ts";
import {
  ADDRESS,
  type Caller,
  headerOf,
  type ReceivedHeaders,
  requiredHeader,
  signatureHeader,
} from "./request.ts";

const AXON = "bt_header_axon_";
const DENDRITE = "bt_header_dendrite_";
const BODY_HASH = "computed_body_hash";

/** What an axon allows beside the timeout of the synapse. */
const ALLOWED_DELTA_MS = 4_000;
/** The timeout is a header that nobody signs: an old request must not become fresh by a larger one. */
const MAX_TIMEOUT_MS = 60_000;
/** 10.5.0 as bittensor writes versions; axons check times only for 7.2.0 and later. */
const VERSION = "10005000";

export interface AxonCaller extends Caller {
  /** The name of the synapse, which is also the path: `/<name>`. */
  synapse: string;
  uuid: string;
  nonce: bigint;
}

export interface AxonRequest {
  /** Class name of the synapse. */
  synapse: string;
  timeoutSeconds: number;
  nonce: bigint;
  /** One per process, as a dendrite has. */
  uuid: string;
  /** Of `synapseBodyHash`. */
  bodyHash: string;
  axon: { hotkey: string; ip: string; port: number };
  /** The sender's address as it believes it to be. */
  ip: string;
}

/** The replay cache's retention must cover 4 s, the longest timeout and 4 s of skew. */
export interface AxonVerifier extends Verifier {
  /** Our own hotkey: a request for anybody else is refused. */
  receiver: string;
  /** Longest timeout that counts, at most 60 s. */
  maxTimeoutMs?: number;
}

/** SHA3-256 over the SHA3-256 of each hashed field, given as Python's `str()` of its value, in their order. */
export function synapseBodyHash(fields: readonly string[]): string {
  const hash = (text: string) => createHash("sha3-256").update(text).digest("hex");
  return hash(fields.map(hash).join(""));
}

const messageOf = (parts: {
  nonce: bigint;
  sender: string;
  receiver: string;
  uuid: string;
  bodyHash: string;
}): string => `${parts.nonce}.${parts.sender}.${parts.receiver}.${parts.uuid}.${parts.bodyHash}`;

/** Headers as a dendrite sends them with `POST /<synapse>`. Required fields travel in the body, and their dummies here. */
export async function signAxonRequest(
  request: AxonRequest,
  { signer, required = {} }: { signer: Signer; required?: Readonly<Record<string, unknown>> },
): Promise<Record<string, string>> {
  const { nonce, uuid, bodyHash, axon } = request;
  const message = messageOf({ nonce, sender: signer.hotkey, receiver: axon.hotkey, uuid, bodyHash });
  return {
    name: request.synapse,
    timeout: String(request.timeoutSeconds),
    [`${AXON}ip`]: axon.ip,
    [`${AXON}port`]: String(axon.port),
    [`${AXON}hotkey`]: axon.hotkey,
    [`${DENDRITE}ip`]: request.ip,
    [`${DENDRITE}version`]: VERSION,
    [`${DENDRITE}nonce`]: String(nonce),
    [`${DENDRITE}uuid`]: uuid,
    [`${DENDRITE}hotkey`]: signer.hotkey,
    [`${DENDRITE}signature`]: await signer.sign(new TextEncoder().encode(message)),
    ...Object.fromEntries(
      Object.entries(required).map(([field, value]) => [
        `bt_header_input_obj_${field}`,
        Buffer.from(JSON.stringify(emptyLike(value))).toString("base64"),
      ]),
    ),
    header_size: "0",
    total_size: "0",
    [BODY_HASH]: bodyHash,
  };
}

/**
 * Who sent the request, or a failure with the reason. `bodyHash` is computed by the caller from the fields received.
 * Stricter than an axon in three ways: times from the future are refused, the unsigned timeout has a limit, and a nonce
 * is good once, while any order of arrival is accepted.
 */
export async function verifyAxonRequest(
  { headers, bodyHash }: { headers: ReceivedHeaders; bodyHash: string },
  verifier: AxonVerifier,
): Promise<AxonCaller> {
  const { receiver } = verifier;
  const maxTimeoutMs = Math.min(verifier.maxTimeoutMs ?? MAX_TIMEOUT_MS, MAX_TIMEOUT_MS);
  mustOutlast(verifier.replay, maxTimeoutMs + 2 * ALLOWED_DELTA_MS);
  const synapse = requiredHeader(headers, "name", /^\w{1,128}$/);
  const sender = requiredHeader(headers, `${DENDRITE}hotkey`, ADDRESS);
  const nonce = BigInt(requiredHeader(headers, `${DENDRITE}nonce`, /^[1-9]\d{0,19}$/));
  const uuid = requiredHeader(headers, `${DENDRITE}uuid`, /^[\w-]{1,64}$/);
  const signature = signatureHeader(headers, `${DENDRITE}signature`);
  const named = headerOf(headers, `${AXON}hotkey`);
  if (named !== undefined && named !== receiver)
    throw refusal("wrong-receiver", "The request is meant for another axon", {
      hint: `This axon's hotkey is ${receiver}.`,
    });
  const timeoutMs = Math.min(timeoutOf(headerOf(headers, "timeout")), maxTimeoutMs);
  const at = timeOfNonce(nonce);
  const message = messageOf({ nonce, sender, receiver, uuid, bodyHash });
  await admit(
    {
      sender,
      at,
      id: `axon ${uuid} ${nonce}`,
      signed: () => verifySignature(sender, message, signature),
      hint: "Sign nonce.dendrite.axon.uuid.body_hash, the hash over the fields that were sent.",
    },
    { maxAgeMs: ALLOWED_DELTA_MS + timeoutMs, maxSkewMs: ALLOWED_DELTA_MS },
    verifier,
  );
  return { hotkey: sender, at, synapse, uuid, nonce };
}

function timeoutOf(text: string | undefined): number {
  const seconds = Number(text ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0;
}

/** As Python's `type(value)()`: an axon builds the synapse from these before it reads the body. */
function emptyLike(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  if (typeof value === "string") return "";
  if (typeof value === "number") return 0;
  if (typeof value === "boolean") return false;
  return {};
}
