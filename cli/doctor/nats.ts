/** Is NATS there, new enough, with JetStream, and does it let these credentials do what the roles need? */

import { Failure } from "../../protocol/failure.ts";
import { rolePermissions } from "../../protocol/permissions.ts";
import { SERVICES } from "../../protocol/services/index.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import type { NatsTransport } from "../../runtime/transport/nats/nats-transport.ts";
import { connectWithCreds } from "../node/nats.ts";
import { type Check, type Finding, type Patient, skipped } from "./check.ts";
import { type Attempt, probedSubject, refusedAttempts } from "./permission-probe.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

export const nats: Check = {
  name: "nats",
  async run(patient) {
    const { config } = patient;
    if (config.nats === undefined) {
      return skipped(
        "nats",
        config.enrol === undefined ? "this node works alone; see --nats" : "enrolment tells it",
      );
    }
    let transport: NatsTransport;
    try {
      transport = await connect(patient);
    } catch (thrown) {
      const { message, hint } = Failure.from(thrown);
      return { name: "nats", state: "fail", detail: message, ...(hint === undefined ? {} : { fix: hint }) };
    }
    try {
      const { version } = transport.context.features;
      const pingMs = await transport.ping();
      const reached: Finding = {
        name: "nats",
        state: "ok",
        detail: `nats-server ${version} answers in ${pingMs.toFixed(1)} ms`,
      };
      return [reached, jetStream(patient, transport), await permissions(patient, transport)];
    } finally {
      await transport.close();
    }
  },
};

const connect = ({ config, clock, rng }: Patient): Promise<NatsTransport> =>
  connectWithCreds({
    ...{ servers: config.nats ?? [], net: config.net, creds: config.creds, clock, rng },
    name: "orrery-doctor",
    log: silent,
  });

function jetStream({ roles }: Patient, transport: NatsTransport): Finding {
  const name = "jetstream";
  if (roles.every((role) => role === "miner")) return skipped(name, "miners need none");
  if (transport.context.features.jetstream) return { name, state: "ok", detail: "enabled" };
  const fix = "Start it with `jetstream {}` in its configuration, or with -js.";
  return { name, state: "fail", detail: "the server runs without JetStream", fix };
}

/** Tries every subject that the roles are declared to use; nothing that is tried has any effect. */
async function permissions({ config, roles }: Patient, transport: NatsTransport): Promise<Finding> {
  const name = "permissions";
  const scope = { net: config.net, services: SERVICES };
  const attempts = roles
    .filter((role) => role !== "miner") // a miner's follow from its uid, which it learns when it enrols
    .flatMap((role): Attempt[] => {
      const { publish, subscribe } = rolePermissions(role, scope);
      return [
        ...publish.map((subject) => ({ direction: "publish" as const, subject: probedSubject(subject) })),
        ...subscribe
          .filter((subject) => !subject.startsWith("_INBOX."))
          .map((subject) => ({ direction: "subscribe" as const, subject })),
      ];
    });
  const refused = await refusedAttempts(transport.context.nc, attempts);
  if (refused.length === 0)
    return { name, state: "ok", detail: `${attempts.length} subjects tried, all allowed` };
  return {
    name,
    state: "fail",
    detail: `${refused.length} of ${attempts.length} subjects refused, e.g. ${refused[0]?.direction} ${refused[0]?.subject}`,
    fix: "Give the creds file of this role (creds/all.creds for several), and the --net it was made for; after an upgrade run `bun run nats-config --out DIR --update`.",
  };
}
