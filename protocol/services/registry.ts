import { z } from "zod";
import { Hotkey, Timestamp, Uid } from "../ids.ts";

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
  /** Public user nkey, `U…`; the seed never leaves the miner. */
  nkey: z.string().regex(/^U[A-Z2-7]{55}$/),
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
