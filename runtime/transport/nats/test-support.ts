/** What the tests of this folder share: both servers, connections with quiet logs, a contract harness. */
import type { TransportHarness } from "../../../test/contract/harness.ts";
import { currentNatsServer, debianNatsServer } from "../../../test/provision/nats.ts";
import { NatsServer } from "../../launcher/nats-server.ts";
import type { Logger } from "../../observe/logger.ts";
import { createSystemClock } from "../../ports/system-clock.ts";
import { createSystemRng } from "../../ports/system-rng.ts";
import { connectNats, type NatsOptions } from "./connect.ts";
import type { NatsTransport } from "./nats-transport.ts";

export const clock = createSystemClock();
export const rng = createSystemRng();

/** Both servers by what the reports call them; one that is missing has an empty path and is skipped. */
export const SERVERS: { which: string; binary: string; missing: string | undefined }[] = await Promise.all(
  [
    { which: "nats-server of Debian", find: debianNatsServer },
    { which: "current nats-server", find: currentNatsServer },
  ].map(async ({ which, find }) => {
    const { path, missing } = await find();
    return { which, binary: path ?? "", missing };
  }),
);

export interface LogLine {
  level: keyof Omit<Logger, "child">;
  message: string;
  fields: Record<string, unknown>;
}

/** Keeps lines instead of printing them. */
export function collectingLogger(lines: LogLine[] = []): Logger {
  const at =
    (level: LogLine["level"]) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, message, fields });
  const log: Logger = {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: () => log,
  };
  return log;
}

export const connectTo = (
  servers: NatsServer | NatsServer[],
  options: Partial<NatsOptions> = {},
): Promise<NatsTransport> =>
  connectNats({
    servers: [servers].flat().map((server) => server.url),
    name: "test",
    net: "test",
    clock,
    rng,
    log: collectingLogger(),
    ...options,
  });

/** Whether somebody hears a subject, as the server of this connection knows. */
export async function isHeard(transport: NatsTransport, subject: string): Promise<boolean> {
  const lost = transport.inbox();
  let heard = true;
  const subscription = transport.subscribe(lost, () => {
    heard = false;
  });
  transport.publish(subject, "?", { reply: lost });
  await transport.flush();
  subscription.unsubscribe();
  return heard;
}

export async function natsHarness(binary: string): Promise<TransportHarness> {
  const server = await NatsServer.start({ binary });
  const open = new Set<NatsTransport>();
  return {
    net: "test",
    clock,
    async connect(name) {
      const transport = await connectTo(server, { name });
      open.add(transport);
      return transport;
    },
    async kill(transport) {
      const victim = transport as NatsTransport;
      victim.jobs.close();
      await victim.context.nc.close();
    },
    async close() {
      await Promise.all([...open].map((transport) => transport.close()));
      await server.stop();
    },
  };
}
