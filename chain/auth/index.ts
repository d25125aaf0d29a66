export { signAxonRequest, synapseBodyHash, verifyAxonRequest } from "./axon-headers.ts";
export { btAuthV1Message, signBtAuthV1, verifyBtAuthV1 } from "./bt-auth-v1.ts";
export { btAuthPayload, signBtAuth, verifyBtAuth } from "./btauth.ts";
export { canonicalised, canonicalJson } from "./canonical-json.ts";
export { epistulaMessage, signEpistula, verifyEpistula } from "./epistula.ts";
export { createNonceSource } from "./nonce-source.ts";
export { createReplayCache, type ReplayCache } from "./replay-cache.ts";
export type { Caller } from "./request.ts";
