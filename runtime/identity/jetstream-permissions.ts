/** What the NATS transport needs of JetStream beside the declared subjects, per role. Kept in this one place. */
import type { Role } from "../../protocol/role.ts";
import type { NetworkContract, SubjectPermissions } from "./contract.ts";

/** Miners have none: account PUBLIC has no JetStream. */
export function jetStreamPermissions(role: Role, _contract: NetworkContract): SubjectPermissions {
  if (role === "miner") return { publish: [], subscribe: [] };
  return { publish: ["$JS.API.>", "$JS.ACK.>", "$KV.>", "$O.>"], subscribe: [] };
}
