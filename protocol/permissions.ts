/**
 * Who may publish and subscribe to what, derived from the service declarations alone. Pure data: the identity
 * layer turns it into NATS permissions, and a test holds a real server to it. Subjects of JetStream's own API
 * and of discovery are the transport's business and not in here.
 */
import { ROLES, type Role } from "./role.ts";
import type { AnyMethod, Service } from "./service.ts";
import { ANY, controlSubject, methodSubject, resultSubject, subjectToken } from "./subject.ts";

/** Subject patterns of one role; what matches none of them is forbidden. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** May publish to the reply subject of a message it received, as the server of requests and streams does. */
  readonly answers: boolean;
}

export interface PermissionScope {
  net: string;
  services: readonly Service[];
  /**
   * Miners are held to their own uid wherever a method's key is named `uid`. A number, or a placeholder such
   * as `{{name()}}` that the NATS server fills in; left out for the pattern of any miner.
   */
  uid?: number | string;
  /** Token behind `_INBOX.` of this user's replies; the uid for miners and the role for others when left out. */
  inbox?: string;
}

/** The key name that stands for a miner's own identity. */
const IDENTITY_KEY = "uid";

// Replaced after the pattern is built, so that a placeholder need not look like a token.
const OWN = "OWN_UID";
const PLACEHOLDER = /^\{\{[a-z-]+\([A-Za-z0-9_-]*\)\}\}$/;
const KEY_AT = 5;

interface Grants {
  publish: string[];
  subscribe: string[];
  answers: boolean;
}

function grantMethod(
  grants: Grants,
  scope: PermissionScope,
  role: Role,
  service: Service,
  name: string,
): void {
  const method = service.methods[name] as AnyMethod;
  const { net } = scope;
  const bound = role === "miner" && method.key === IDENTITY_KEY;
  const key = method.key === undefined ? undefined : bound ? OWN : ANY;
  const subject = methodSubject(net, service, name, key);
  const serves = service.servedBy.includes(role);
  const calls = method.calledBy.includes(role);
  if (method.kind === "event") {
    if (serves) grants.publish.push(subject);
    if (calls) grants.subscribe.push(subject);
    return;
  }
  if (serves) grants.subscribe.push(subject);
  if (calls) grants.publish.push(subject);
  if (method.kind === "job") {
    const results = resultSubject(net, service, name);
    if (serves) grants.publish.push(results);
    if (calls) grants.subscribe.push(results);
    return;
  }
  if (serves) grants.answers = true;
  const control = controlSubject(net, service, name, key);
  if (serves) grants.subscribe.push(control);
  if (calls) grants.publish.push(control);
}

function ownToken(value: string | number | undefined, what: string): string {
  if (value === undefined) return ANY;
  const token = String(value);
  return PLACEHOLDER.test(token) ? token : subjectToken(token, what);
}

const bindOwn = (subject: string, own: string): string =>
  subject
    .split(".")
    .map((token, at) => (at === KEY_AT && token === OWN ? own : token))
    .join(".");

/** What one role may do on the network; for a miner with `uid`, what this one miner may do. */
export function rolePermissions(role: Role, scope: PermissionScope): Permissions {
  const grants: Grants = { publish: [], subscribe: [], answers: false };
  for (const service of scope.services) {
    for (const name of Object.keys(service.methods)) grantMethod(grants, scope, role, service, name);
  }
  const own = ownToken(scope.uid, "uid");
  // Every role has an inbox: JetStream replies to one as well.
  const inbox = scope.inbox === undefined && role === "miner" ? own : ownToken(scope.inbox ?? role, "inbox");
  const bind = (subjects: string[]) => [...new Set(subjects)].map((subject) => bindOwn(subject, own)).sort();
  return {
    publish: bind(grants.publish),
    subscribe: [`_INBOX.${inbox}.>`, ...bind(grants.subscribe)],
    answers: grants.answers,
  };
}

/** Permissions of every role, for the reference and for tests that try each role against each subject. */
export const permissionTable = (scope: PermissionScope): Readonly<Record<Role, Permissions>> =>
  Object.fromEntries(ROLES.map((role) => [role, rolePermissions(role, scope)])) as Record<Role, Permissions>;

/** True when a concrete subject matches a pattern with `*` and `>`. */
export function matchesPattern(pattern: string, subject: string): boolean {
  const [wanted, given] = [pattern.split("."), subject.split(".")];
  for (const [at, token] of wanted.entries()) {
    if (token === ">") return given.length > at;
    if (given[at] === undefined || (token !== ANY && token !== given[at])) return false;
  }
  return wanted.length === given.length;
}
