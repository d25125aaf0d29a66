/** Requests on the system account over a connection of its own, opened when first needed. */
import { credsAuthenticator, type NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { Failure } from "../../protocol/failure.ts";
import type { SystemRequests } from "./revoker.ts";

export interface SystemConnectionOptions {
  servers: readonly string[];
  /** Creds text of the system account's `revoker`. */
  creds: string;
  /** How long to wait for an answer, in milliseconds. Default 4,000. */
  timeoutMs?: number;
}

/** Fails with `unavailable` when the servers are away; the next request connects again. */
export function systemRequests(
  options: SystemConnectionOptions,
): SystemRequests & { close(): Promise<void> } {
  const { servers, creds, timeoutMs: timeout = 4_000 } = options;
  let opened: Promise<NatsConnection> | undefined;
  const open = async (): Promise<NatsConnection> => {
    const current = await opened?.catch(() => undefined);
    if (current !== undefined && !current.isClosed()) return current;
    opened = connect({
      servers: [...servers],
      name: "registry-revoker",
      authenticator: credsAuthenticator(new TextEncoder().encode(creds)),
      inboxPrefix: "_INBOX.revoker",
      timeout,
    });
    return opened;
  };
  return {
    async request(subject, data) {
      try {
        return (await (await open()).request(subject, data, { timeout })).string();
      } catch (thrown) {
        throw new Failure("unavailable", "The NATS system account did not answer", {
          // The library's error names the server and the reason; it never holds the creds.
          cause: thrown,
          hint: "Check that the servers run with the configuration that nats-config wrote.",
        });
      }
    },
    close: async () => void (await (await opened?.catch(() => undefined))?.close()),
  };
}
