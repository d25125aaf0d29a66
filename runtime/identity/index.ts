export { identityFromCreds, inboxPrefixOf, type NatsIdentity, renewedIdentity } from "./authenticator.ts";
export {
  type AccountTokens,
  issueAccounts,
  MINER_LIFETIME_LIMIT_MS,
  type MinerMint,
  mintCoreUser,
  mintMiner,
  mintSysUser,
} from "./claims.ts";
export type { NetworkContract, SubjectPermissions } from "./contract.ts";
export {
  CORE_USERS,
  type CoreUser,
  createIdentityKeys,
  type IdentityKeys,
  IdentitySeeds,
  keyOf,
  keysFromSeeds,
  seedOf,
  seedsOf,
  USER_KINDS,
  type UserKind,
} from "./keys.ts";
export { userPermissions } from "./permissions.ts";
export { RegistryTrust, readRegistryTrust } from "./registry-trust.ts";
export { Revoker, type RevokerOptions, type SystemRequests } from "./revoker.ts";
export { type SystemConnectionOptions, systemRequests } from "./system-requests.ts";
export { seedResolver, trustConfig } from "./trust-config.ts";
