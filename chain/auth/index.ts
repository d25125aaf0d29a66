export {
  type AxonCaller,
  type AxonRequest,
  type AxonVerifier,
  signAxonRequest,
  synapseBodyHash,
  verifyAxonRequest,
} from "./axon-headers.ts";
export { type BtAuthV1Verifier, btAuthV1Message, signBtAuthV1, verifyBtAuthV1 } from "./bt-auth-v1.ts";
export { type BtAuthCaller, type BtAuthVerifier, btAuthPayload, signBtAuth, verifyBtAuth } from "./btauth.ts";
export { canonicalised, canonicalJson } from "./canonical-json.ts";
export {
  type EpistulaCaller,
  type EpistulaVerifier,
  epistulaMessage,
  signEpistula,
  verifyEpistula,
} from "./epistula.ts";
export { createNonceSource } from "./nonce-source.ts";
export type { RefusalReason } from "./refusal.ts";
export { createReplayCache, type ReplayCache } from "./replay-cache.ts";
export type { Caller, HttpRequest, ReceivedHeaders, SignedRequest } from "./request.ts";
