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
  if (subject.startsWith("$") || subject.startsWith(`orr.${user.net}.dead.`)) {
    return jetStreamPermissions(user.role, user)[direction].some((pattern) =>
      matchesPattern(pattern, subject),
    );
  }
  // A wildcard may stand only where a key, a stream or a requester does; `any` then is one of its values.
  const parts = parseSubject(subject.replaceAll("*", "any"));
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

/** Own inbox to listen on; answers of the operator's roles go to any reply subject, a miner's only where it was asked. */
function replies({ role, name, services }: Tried, { direction, subject }: Attempt): boolean {
  if (direction === "subscribe") return matchesPattern(`_INBOX.${name}.>`, subject);
  const answers = services.some(
    ({ servedBy, methods }) =>
      servedBy.includes(role) &&
      Object.values(methods).some(({ kind }) => kind === "request" || kind === "stream"),
  );
  return (
    role !== "miner" && answers && (matchesPattern("_INBOX.>", subject) || matchesPattern("_R_.>", subject))
  );
}
