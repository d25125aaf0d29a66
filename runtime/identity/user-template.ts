/** The permissions and limits that the server gives to every user of a kind; `{{name()}}` is the user's own name. */
import type { UserPermissionsLimits } from "@nats-io/jwt";
import { DEFAULT_MAX_BYTES, type Service } from "../../protocol/service.ts";
import type { NetworkContract } from "./contract.ts";
import type { UserKind } from "./keys.ts";
import { userPermissions } from "./permissions.ts";

const NANOS = 1_000_000;
const GRACE_MS = 60_000;
/** Frames that a miner may send on one reply: at 64 KiB each far above the largest answer. */
const REPLIES_LIMIT = 1_000_000;
const MINER_SUBSCRIPTIONS = 32;
/** Header line of an envelope, and room. */
const ENVELOPE_BYTES = 16 * 1024;

/** Template of a scoped signing key. Miners are bounded in subscriptions and message size; the operator's roles are not. */
export function userTemplate(kind: UserKind, contract: NetworkContract): Partial<UserPermissionsLimits> {
  const { publish, subscribe } = userPermissions(kind, contract, "{{name()}}");
  return {
    pub: allow(publish),
    sub: allow(subscribe),
    ...(kind === "miner" ? minerLimits(contract.services) : { subs: -1, data: -1, payload: -1 }),
    bearer_token: false,
    allowed_connection_types: ["STANDARD", "WEBSOCKET"],
  };
}

/** An empty allow list would mean everything. */
const allow = (subjects: readonly string[]) =>
  subjects.length > 0 ? { allow: [...subjects] } : { deny: [">"] };

function minerLimits(services: readonly Service[]): Partial<UserPermissionsLimits> {
  const served = services.filter((service) => service.servedBy.includes("miner"));
  const methods = [
    ...served.flatMap((service) => Object.values(service.methods)),
    ...services
      .flatMap((service) => Object.values(service.methods))
      .filter(({ calledBy }) => calledBy.includes("miner")),
  ];
  const longest = Math.max(
    0,
    ...served.flatMap((service) => Object.values(service.methods)).map(({ timeoutMs }) => timeoutMs ?? 0),
  );
  const largest = Math.max(DEFAULT_MAX_BYTES, ...methods.map(({ maxBytes }) => maxBytes ?? 0));
  return {
    // A miner may answer whoever asked it, on the very subject the server noted, and on no other inbox.
    resp: { max: REPLIES_LIMIT, ttl: (longest + GRACE_MS) * NANOS },
    subs: MINER_SUBSCRIPTIONS,
    payload: largest + ENVELOPE_BYTES,
    data: -1,
  };
}
