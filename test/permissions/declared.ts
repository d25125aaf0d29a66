/**
 * What a user may do, read off the declarations one subject at a time: written independently of the patterns that
 * `protocol/permissions.ts` builds, so that a mistake there shows.
 */
import { matchesPattern } from "../../protocol/permissions.ts";
import type { Role } from "../../protocol/role.ts";
import type { AnyMethod, Service } from "../../protocol/service.ts";
import { parseSubject } from "../../protocol/subject.ts";
import { jetStreamPermissions } from "../../runtime/identity/jetstream-permissions.ts";
import type { Attempt } from "./probe.ts";

export interface Tried {
  net: string;
  services: readonly Service[];
  role: Role;
  /** User name: the uid of a miner, the role of everyone else. */
  name: string;
}

export function isDeclared(user: Tried, attempt: Attempt): boolean {
  const { direction, subject } = attempt;
  if (subject.startsWith("_")) return replies(user, attempt);
  if (subject.startsWith("$SRV")) return discovery(user.role, attempt);
  if (subject.startsWith("$") || subject.startsWith(`orr.${user.net}.dead.`)) {
    return jetStreamPermissions(user.role, user)[direction].some((pattern) =>
      matchesPattern(pattern, subject),
    );
  }
  // A wildcard may stand only where a key, a stream or a requester does; `any` then is one of its values. The server
  // takes `>` for such a token too: `a.*` admits a subscription to `a.>`.
  const parts = parseSubject(subject.replace(/[*>]/g, "any"));
  if (parts === undefined || parts.net !== user.net) return false;
  const service = user.services.find(
    ({ name, version }) => name === parts.service && version === parts.version,
  );
  const method = service?.methods[parts.method];
  if (
    service === undefined ||
    method === undefined ||
    (method.key === undefined) !== (parts.key === undefined)
  )
    return false;
  if (user.role === "miner" && method.key === "uid" && parts.key !== user.name) return false;
  const kinds = {
    call: true,
    done: method.kind === "job",
    ctl: method.kind === "stream" || method.kind === "request",
  };
  return kinds[parts.channel] && takesPart(user.role, service, method, { channel: parts.channel, direction });
}

/** Callers publish and servers subscribe; events and results of jobs go the other way. */
function takesPart(role: Role, service: Service, method: AnyMethod, { channel, direction }: Part): boolean {
  const fromServer = method.kind === "event" || channel === "done";
  const server = (direction === "publish") === fromServer;
  return (server ? service.servedBy : method.calledBy).includes(role);
}

interface Part {
  channel: "call" | "done" | "ctl";
  direction: Attempt["direction"];
}

/** The operator's roles are found by the operator's tools, and answer them. */
const discovery = (role: Role, { direction, subject }: Attempt): boolean =>
  role !== "miner" && direction === "subscribe" && /^\$SRV\.(PING|INFO|STATS)(\.[^.]+){0,2}$/.test(subject);

/** Own inbox to listen on; the operator's roles answer on any reply subject, a miner only where it was asked. */
function replies({ role, name }: Tried, { direction, subject }: Attempt): boolean {
  if (direction === "subscribe") return matchesPattern(`_INBOX.${name}.>`, subject);
  return role !== "miner" && (matchesPattern("_INBOX.>", subject) || matchesPattern("_R_.>", subject));
}
