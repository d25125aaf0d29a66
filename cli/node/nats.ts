/** A connection to NATS from what an operator can say on a command line. */

import { Failure } from "../../protocol/failure.ts";
import type { NatsIdentity } from "../../runtime/identity/index.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import type { Clock, Rng } from "../../runtime/ports/index.ts";
import { connectNats, type NatsOptions } from "../../runtime/transport/nats/connect.ts";
import type { NatsTransport } from "../../runtime/transport/nats/nats-transport.ts";

export interface NatsConnectOptions {
  servers: readonly string[];
  name: string;
  net: string;
  clock: Clock;
  rng: Rng;
  log: Logger;
  /** Path of a creds file. */
  creds?: string | undefined;
  replicas?: NatsOptions["replicas"];
}

export async function connectWithCreds(options: NatsConnectOptions): Promise<NatsTransport> {
  const { creds, replicas, ...rest } = options;
  return connectNats({
    ...rest,
    ...(replicas === undefined ? {} : { replicas }),
    ...(creds === undefined ? {} : await identityOf(creds)),
  });
}

async function identityOf(creds: string): Promise<NatsIdentity> {
  const text = await readCreds(creds);
  return (await import("../../runtime/identity/authenticator.ts")).identityFromCreds(text);
}

async function readCreds(path: string): Promise<string> {
  const file = Bun.file(path);
  if (!(await file.exists())) {
    throw new Failure("config", `creds file ${path} does not exist`, {
      hint: "`bun run nats-config` writes one per role.",
    });
  }
  return file.text();
}
