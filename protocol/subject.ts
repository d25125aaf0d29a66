/**
 * NATS subjects. Nothing else builds or takes apart a subject.
 *
 *   orr.<net>.<service>.v<n>.<method>[.<key>]              calls, events, jobs
 *   orr.<net>.<service>.v<n>.<method>_done.<requester>     results of jobs, per requester's queue
 *   orr.<net>.<service>.v<n>.<method>_ctl[.<key>].<stream> credit and cancel, from caller to server of a stream or request
 */
import { Failure } from "./failure.ts";
import type { AnyMethod, InteractionKind, Service } from "./service.ts";

const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;

/** Checks one subject token: no dots, wildcards or blanks can be smuggled in through a key. */
export function subjectToken(value: string, what: string): string {
  if (!TOKEN.test(value)) {
    throw new Failure("malformed", `${what} ${JSON.stringify(value.slice(0, 80))} is not a subject token`, {
      hint: "Use 1 to 64 letters, digits, '_' or '-'.",
    });
  }
  return value;
}

/** `call` is the method itself, `done` and `ctl` its two derived channels. */
export type Channel = "call" | "done" | "ctl";

export interface SubjectParts {
  net: string;
  service: string;
  version: number;
  method: string;
  channel: Channel;
  /** Routing key of a keyed method. */
  key?: string | undefined;
  /** Whose results queue; channel `done` only. */
  requester?: string | undefined;
  /** Id of the stream or request; channel `ctl` only. */
  stream?: string | undefined;
}

/** Any value of a token, in a subscription or a permission. */
export const ANY = "*";

const tokenOrAny = (value: string, what: string): string => (value === ANY ? ANY : subjectToken(value, what));

function declaredMethod(service: Service, method: string): AnyMethod {
  const declared = Object.hasOwn(service.methods, method) ? service.methods[method] : undefined;
  if (declared !== undefined) return declared;
  throw new Failure(
    "unknown-method",
    `${service.name} v${service.version} has no method ${JSON.stringify(method.slice(0, 80))}`,
    { hint: `Its methods are ${Object.keys(service.methods).join(", ")}.` },
  );
}

const baseOf = (net: string, service: Service, method: string): string =>
  `orr.${subjectToken(net, "network")}.${service.name}.v${service.version}.${method}`;

function withKey(base: string, service: Service, method: string, key: string | undefined): string {
  const declared = declaredMethod(service, method).key;
  if ((declared === undefined) !== (key === undefined)) {
    throw new Failure(
      "malformed",
      declared === undefined
        ? `${service.name}.${method} takes no key`
        : `${service.name}.${method} needs its key ${JSON.stringify(declared)}`,
    );
  }
  return key === undefined ? base : `${base}.${tokenOrAny(key, declared ?? "key")}`;
}

function derivedFrom(kinds: readonly InteractionKind[], service: Service, method: string): void {
  if (kinds.includes(declaredMethod(service, method).kind)) return;
  throw new Failure("malformed", `${service.name}.${method} is not a ${kinds.join(" or ")}`);
}

/** The subject of `service.method` on a network, `*` standing for every key. */
export const methodSubject = (net: string, service: Service, method: string, key?: string): string =>
  withKey(baseOf(net, service, method), service, method, key);

/** Where the results of a job method go, per requester; `*` stands for all. */
export function resultSubject(
  net: string,
  service: Service,
  method: string,
  requester: string = ANY,
): string {
  derivedFrom(["job"], service, method);
  return `${baseOf(net, service, method)}_done.${tokenOrAny(requester, "requester")}`;
}

/** Where the caller of a stream sends credit and cancel, and that of a request cancel, by id; `*` stands for all. */
export function controlSubject(
  net: string,
  service: Service,
  method: string,
  key: string | undefined,
  stream: string = ANY,
): string {
  derivedFrom(["stream", "request"], service, method);
  const keyed = withKey(`${baseOf(net, service, method)}_ctl`, service, method, key);
  return `${keyed}.${tokenOrAny(stream, "stream id")}`;
}

const SUBJECT =
  /^orr\.([A-Za-z0-9_-]{1,64})\.([a-z][a-z0-9-]{0,31})\.v([1-9]\d{0,3})\.([a-z][a-zA-Z0-9]{0,31})(?:_(done|ctl))?(?:\.([A-Za-z0-9_-]{1,64}))?(?:\.([A-Za-z0-9_-]{1,64}))?$/;

/** Takes a subject apart, or returns undefined when it is not one of ours. */
export function parseSubject(subject: string): SubjectParts | undefined {
  const match = SUBJECT.exec(subject);
  if (match === null) return undefined;
  const [, net, service, version, method, derived, first, second] = match;
  const parts = { net: net!, service: service!, version: Number(version), method: method! };
  if (derived === undefined)
    return second === undefined ? { ...parts, channel: "call", key: first } : undefined;
  if (first === undefined) return undefined;
  if (derived === "ctl") {
    return second === undefined
      ? { ...parts, channel: "ctl", stream: first }
      : { ...parts, channel: "ctl", key: first, stream: second };
  }
  return second === undefined ? { ...parts, channel: "done", requester: first } : undefined;
}
