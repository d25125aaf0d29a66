/** What the connected server can do, by its version. The only place that compares versions. */
import type { ServerInfo } from "@nats-io/nats-core";
import { Failure } from "../../../protocol/failure.ts";

/** Debian 12's nats-server is 2.9.10: everything must work from 2.9 on. */
const FLOOR = [2, 9, 0] as const;

export interface ServerFeatures {
  version: string;
  /** JetStream is enabled on the server; the account may still lack it. */
  jetstream: boolean;
  /** Streams and consumers carry metadata (2.10). */
  metadata: boolean;
}

/** Fails with `config` when the server is older than the floor. */
export function serverFeatures(info: ServerInfo): ServerFeatures {
  if (!atLeast(info.version, FLOOR)) {
    throw new Failure("config", `nats-server ${info.version} is too old`, {
      hint: `Run nats-server ${FLOOR.join(".")} or later.`,
      meta: { version: info.version },
    });
  }
  return {
    version: info.version,
    jetstream: info.jetstream === true,
    metadata: atLeast(info.version, [2, 10, 0]),
  };
}

function atLeast(version: string, floor: readonly [number, number, number]): boolean {
  const found = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (found === undefined) return false;
  for (const [index, wanted] of floor.entries()) {
    const has = found[index] ?? 0;
    if (has !== wanted) return has > wanted;
  }
  return true;
}
