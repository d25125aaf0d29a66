/**
 * What passes between the accounts: the services that miners serve to the operator's roles, and those they call.
 * Everything else stays on its side. Generated from the declarations, never written by hand.
 */
import type { Account, Export, Import } from "@nats-io/jwt";
import { Failure } from "../../protocol/failure.ts";
import type { Role } from "../../protocol/role.ts";
import type { AnyMethod, Service } from "../../protocol/service.ts";
import { controlSubject, methodSubject } from "../../protocol/subject.ts";
import type { NetworkContract } from "./contract.ts";

interface Crossing {
  /** Account that serves. */
  from: "core" | "public";
  subject: string;
  kind: "service" | "stream";
  response: "Singleton" | "Stream";
  /** How long the server keeps the way back open, in milliseconds. */
  thresholdMs: number;
}

const GRACE_MS = 60_000;
const NANOS = 1_000_000;

/** Exports and imports of both accounts, given their public keys. */
export function accountBridge(
  contract: NetworkContract,
  accounts: { core: string; public: string },
): Record<"core" | "public", Pick<Account, "exports" | "imports">> {
  const crossings = contract.services.flatMap((service) => crossingsOf(contract.net, service));
  const side = (own: "core" | "public") => ({
    exports: crossings.filter(({ from }) => from === own).map(exported),
    imports: crossings
      .filter(({ from }) => from !== own)
      .map((crossing) => imported(crossing, accounts[crossing.from])),
  });
  return { core: side("core"), public: side("public") };
}

function crossingsOf(net: string, service: Service): Crossing[] {
  return Object.entries(service.methods).flatMap(([name, method]) =>
    methodCrossings(net, service, name, method),
  );
}

function methodCrossings(net: string, service: Service, name: string, method: AnyMethod): Crossing[] {
  const others = (roles: readonly Role[]) => roles.some((role) => role !== "miner");
  const fromMiners = service.servedBy.includes("miner") && others(method.calledBy);
  const toMiners = method.calledBy.includes("miner") && others(service.servedBy);
  if (!fromMiners && !toMiners) return [];
  if (fromMiners && toMiners) {
    throw new Failure("config", `${service.name}.${name} is served on both sides of the accounts`, {
      hint: "Declare one method for what miners serve and another for what they call.",
    });
  }
  if (method.kind === "job") {
    throw new Failure("config", `${service.name}.${name} is a job, and miners have no job queues`, {
      hint: "Let a role of the operator enqueue it on the miner's behalf.",
    });
  }
  const key = method.key === undefined ? undefined : "*";
  const from = fromMiners ? "public" : "core";
  const thresholdMs = (method.timeoutMs ?? 0) + GRACE_MS;
  const crossing: Crossing = {
    from,
    subject: methodSubject(net, service, name, key),
    kind: method.kind === "event" ? "stream" : "service",
    response: method.kind === "stream" ? "Stream" : "Singleton",
    thresholdMs,
  };
  if (method.kind === "event") return [crossing];
  const control: Crossing = {
    ...crossing,
    subject: controlSubject(net, service, name, key),
    response: "Singleton",
  };
  return [crossing, control];
}

const exported = ({ subject, kind, response, thresholdMs }: Crossing): Export => ({
  name: subject,
  subject,
  type: kind,
  ...(kind === "service" ? { response_type: response, response_threshold: thresholdMs * NANOS } : {}),
});

const imported = ({ subject, kind }: Crossing, account: string): Import => ({
  name: subject,
  subject,
  account,
  type: kind,
});
