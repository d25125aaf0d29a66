/** Every subject worth trying: all declared ones with own and foreign keys, their wildcards, and the server's own. */
import { ROLES } from "../../protocol/role.ts";
import type { Service } from "../../protocol/service.ts";
import { controlSubject, methodSubject, resultSubject } from "../../protocol/subject.ts";

/** Two miners, a validator's key, and a wildcard in place of a key. */
const KEYS = ["17", "18", "3", "*"];
const STREAMS = ["s1", "*"];

export function interestingSubjects(net: string, services: readonly Service[]): string[] {
  const declared = services.flatMap((service) =>
    Object.keys(service.methods).flatMap((method) => methodSubjects(net, service, method)),
  );
  return [
    ...new Set([...declared, ...wildcards(net, services), ...inboxes(), ...serverSubjects(net, services)]),
  ];
}

function methodSubjects(net: string, service: Service, method: string): string[] {
  const { key, kind } = service.methods[method]!;
  const keys = key === undefined ? [undefined] : KEYS;
  const calls = keys.map((value) => methodSubject(net, service, method, value));
  const controls =
    kind === "stream" || kind === "request"
      ? keys.flatMap((value) => STREAMS.map((stream) => controlSubject(net, service, method, value, stream)))
      : [];
  const results =
    kind === "job" ? [...ROLES, "*"].map((role) => resultSubject(net, service, method, role)) : [];
  const all = [...calls, ...controls, ...results];
  // One token more or fewer, another network, another version: neighbours that nobody declared.
  const base = methodSubject(net, service, method, key === undefined ? undefined : "17");
  const neighbours = [
    `${base}.x`,
    `${base}.>`,
    base.replace(`.${net}.`, ".other."),
    base.replace(".v1.", ".v2."),
    ...calls.concat(controls).map((subject) => subject.replace(/[^.]+$/, ">")),
  ];
  return [...all, ...neighbours, `${base}_ctl.x.y.z`, `${base}_done.x.y`];
}

const wildcards = (net: string, services: readonly Service[]): string[] => [
  ">",
  "*",
  "*.>",
  "orr.>",
  "orr.*.>",
  `orr.${net}.>`,
  `orr.${net}.*.*.*`,
  `orr.${net}.*.*.*.17`,
  ...services.flatMap(({ name }) => [
    `orr.${net}.${name}.>`,
    `orr.${net}.${name}.v1.*`,
    `orr.${net}.${name}.v1.*.17`,
  ]),
];

const inboxes = (): string[] => [
  "_INBOX.>",
  "_INBOX.*",
  "_INBOX.*.x",
  "_INBOX.x",
  "_R_.>",
  "_R_.x.y",
  ...[...ROLES, "17", "18", "admin"].flatMap((name) => [
    `_INBOX.${name}.x.y`,
    `_INBOX.${name}.>`,
    `_INBOX.${name}`,
  ]),
];

function serverSubjects(net: string, services: readonly Service[]): string[] {
  const streams = [
    ...services.map(({ name }) => `ORR_${net}_${name}`),
    ...[
      `KV_ORR_${net}_leases`,
      `OBJ_ORR_${net}_blobs`,
      `ORR_${net}_dead`,
      `ORR_${net}_advisories`,
      "KV_other",
    ],
  ];
  return [
    ...[
      "$JS.API.>",
      "$JS.>",
      "$JS.ACK.>",
      "$JS.API.INFO",
      "$JS.API.STREAM.NAMES",
      "$JS.API.STREAM.LIST",
      "$JS.EVENT.>",
    ],
    ...streams.flatMap((stream) => [
      ...["CREATE", "UPDATE", "INFO", "DELETE", "PURGE", "MSG.GET", "MSG.DELETE", "SNAPSHOT", "RESTORE"].map(
        (verb) => `$JS.API.STREAM.${verb}.${stream}`,
      ),
      ...["CREATE", "DURABLE.CREATE", "MSG.NEXT", "INFO", "DELETE"].map(
        (verb) => `$JS.API.CONSUMER.${verb}.${stream}.c`,
      ),
      `$JS.ACK.${stream}.c.1.2.3.4.5`,
      `$JS.ACK._.hash.${stream}.c.1.2.3.4.5`,
    ]),
    ...["$KV.>", `$KV.ORR_${net}_leases.k`, "$KV.other.k", "$O.>", `$O.ORR_${net}_blobs.C.x`, "$O.other.C.x"],
    ...[
      "$SYS.>",
      "$SYS.REQ.>",
      "$SYS.REQ.CLAIMS.UPDATE",
      "$SYS.REQ.SERVER.PING",
      "$SYS.REQ.USER.INFO",
      "$SYS.REQ.ACCOUNT.PING.CONNZ",
    ],
    ...[
      "$SRV.>",
      "$SRV.PING",
      "$SRV.PING.>",
      "$SRV.*",
      "$SRV.INFO.miner",
      "$SRV.INFO.*",
      "$SRV.STATS.miner.x",
      "$SRV.STATS.miner.x.y",
      "$SRV.OTHER",
      "$G.x",
      "$MQTT.x",
      "$NRG.x",
      `orr.${net}.dead.x`,
      `orr.${net}.dead.>`,
    ],
  ];
}
