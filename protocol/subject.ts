/** NATS subjects: `orr.<net>.<service>.v<n>.<method>[.<key>]`. Nothing else builds or takes apart a subject. */
import { Failure } from "./failure.ts";
import type { Service } from "./service.ts";

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

export interface SubjectParts {
  net: string;
  service: string;
  version: number;
  method: string;
  key?: string | undefined;
}

/** The subject of one method, with its key when the method is keyed. */
export function subjectOf(parts: SubjectParts): string {
  const base = `orr.${subjectToken(parts.net, "network")}.${parts.service}.v${parts.version}.${parts.method}`;
  return parts.key === undefined ? base : `${base}.${subjectToken(parts.key, "key")}`;
}

/** The subject of `service.method` on a network, `*` standing for every key when `key` is `"*"`. */
export function methodSubject(net: string, service: Service, method: string, key?: string): string {
  const declared = service.methods[method];
  if (declared === undefined) {
    throw new Failure(
      "unknown-method",
      `${service.name} v${service.version} has no method ${JSON.stringify(method)}`,
    );
  }
  if ((declared.key === undefined) !== (key === undefined)) {
    throw new Failure(
      "malformed",
      declared.key === undefined
        ? `${service.name}.${method} takes no key`
        : `${service.name}.${method} needs its key ${JSON.stringify(declared.key)}`,
    );
  }
  const base = subjectOf({ net, service: service.name, version: service.version, method });
  if (key === undefined) return base;
  return `${base}.${key === "*" ? "*" : subjectToken(key, declared.key ?? "key")}`;
}

/** Takes a subject apart, or returns undefined when it is not one of ours. */
export function parseSubject(subject: string): SubjectParts | undefined {
  const match =
    /^orr\.([A-Za-z0-9_-]+)\.([a-z][a-z0-9-]*)\.v(\d{1,4})\.([a-zA-Z0-9]+)(?:\.([A-Za-z0-9_-]+))?$/.exec(
      subject,
    );
  if (match === null) return undefined;
  const [, net, service, version, method, key] = match;
  return { net: net!, service: service!, version: Number(version), method: method!, key };
}
