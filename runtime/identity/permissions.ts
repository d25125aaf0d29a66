/** Subject permissions of every kind of user on the NATS server: the declared ones, and what the transport adds. */
import { rolePermissions } from "../../protocol/permissions.ts";
import { ROLES } from "../../protocol/role.ts";
import type { NetworkContract, SubjectPermissions } from "./contract.ts";
import { jetStreamPermissions } from "./jetstream-permissions.ts";
import type { UserKind } from "./keys.ts";

/**
 * Replies of the operator's own roles, each of which answers discovery at least, within CORE and (`_R_`) across accounts. Listed, because a server that
 * remembers every reply subject for the length of a stream (`allow_responses`) would remember millions in CORE.
 */
const CORE_REPLIES = ["_INBOX.>", "_R_.>"];

/** Every node of the operator answers `nats micro ls|info|stats` (ADR-32). Miners stay unseen by each other. */
const DISCOVERY = ["PING", "INFO", "STATS"].flatMap((verb) => [
  `$SRV.${verb}`,
  `$SRV.${verb}.*`,
  `$SRV.${verb}.*.*`,
]);

/** What a user called `name` may do; `name` may be a placeholder that the server fills in. */
export function userPermissions(kind: UserKind, contract: NetworkContract, name: string): SubjectPermissions {
  if (kind === "admin") return { publish: [">"], subscribe: [">"] };
  if (kind === "miner") return rolePermissions("miner", { ...contract, uid: name, inbox: name });
  const roles = kind === "all" ? ROLES.filter((role) => role !== "miner") : [kind];
  const declared = roles.map((role) => rolePermissions(role, { ...contract, inbox: name }));
  const added = roles.map((role) => jetStreamPermissions(role, contract));
  return {
    publish: distinct([...declared, ...added].flatMap(({ publish }) => publish).concat(CORE_REPLIES)),
    subscribe: distinct([...declared, ...added].flatMap(({ subscribe }) => subscribe).concat(DISCOVERY)),
  };
}

const distinct = (subjects: readonly string[]): string[] => [...new Set(subjects)].sort();
