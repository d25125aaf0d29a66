import { z } from "zod";
import { Hotkey, Timestamp, Uid } from "../ids.ts";

/** Public user nkey, `U…`; the seed never leaves the miner. */
const UserNkey = z.string().regex(/^U[A-Z2-7]{55}$/);

/** Enrolment is HTTP: a miner without credentials cannot speak NATS yet. Bodies are shared here. */
export const EnrolChallenge = z.object({
  nonce: z.string().max(128),
  serverTime: Timestamp,
  expiresAt: Timestamp,
});
export type EnrolChallenge = z.infer<typeof EnrolChallenge>;

export const EnrolRequest = z.object({
  hotkey: Hotkey,
  netuid: z.number().int().nonnegative(),
  nkey: UserNkey,
  nonce: z.string().max(128),
  /** Hex sr25519 signature by the hotkey over `enrolMessage`. */
  signature: z.string().regex(/^0x[0-9a-f]{128}$/),
});
export type EnrolRequest = z.infer<typeof EnrolRequest>;

export const EnrolReply = z.object({
  uid: Uid,
  jwt: z.string().max(16_384),
  servers: z.array(z.string().max(255)).max(16),
  net: z.string().max(64),
  inboxPrefix: z.string().max(128),
  expiresAt: Timestamp,
});
export type EnrolReply = z.infer<typeof EnrolReply>;

/** The exact bytes a hotkey signs to enrol: versioned, and bound to one network, nkey and nonce. */
export const enrolMessage = (request: Pick<EnrolRequest, "hotkey" | "netuid" | "nkey" | "nonce">): string =>
  ["orrery/enrol/1", request.netuid, request.hotkey, request.nkey, request.nonce].join("\n");

/** Answered like an enrolment. The nkey signs, so that the hotkey need not stay on the machine that mines. */
export const RenewRequest = z.object({
  nkey: UserNkey,
  netuid: z.number().int().nonnegative(),
  nonce: z.string().max(128),
  /** Hex ed25519 signature by the nkey over `renewMessage`. */
  signature: z.string().regex(/^0x[0-9a-f]{128}$/),
});
export type RenewRequest = z.infer<typeof RenewRequest>;

/** The exact bytes an nkey signs to renew. */
export const renewMessage = (request: Pick<RenewRequest, "nkey" | "netuid" | "nonce">): string =>
  ["orrery/renew/1", request.netuid, request.nkey, request.nonce].join("\n");

/** The operator ends what a hotkey holds now; with `ban` it also gets nothing new until pardoned. */
export const RevokeRequest = z.object({
  hotkey: Hotkey,
  ban: z.boolean().default(false),
  reason: z.string().max(256).default(""),
});
export type RevokeRequest = z.infer<typeof RevokeRequest>;

export const RevokeReply = z.object({
  /** Credentials that were live. */
  revoked: z.number().int().nonnegative(),
  /** False when connections last until their tokens expire, because this registry cannot change accounts. */
  disconnected: z.boolean(),
  /** When the last of them is over, at the latest. */
  until: Timestamp,
  banned: z.boolean(),
});
export type RevokeReply = z.infer<typeof RevokeReply>;

/** The operator lifts a ban. */
export const PardonRequest = z.object({ hotkey: Hotkey });
export type PardonRequest = z.infer<typeof PardonRequest>;
