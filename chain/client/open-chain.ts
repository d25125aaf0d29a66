/** A chain by the name of its network: one supervised connection, and the chain port over it. */
import { z } from "zod";
import type { Logger } from "../../runtime/observe/logger.ts";
import type { Metrics } from "../../runtime/observe/metrics.ts";
import type { Clock, Rng } from "../../runtime/ports/index.ts";
import type { Dial } from "../../runtime/ports/web-socket.ts";
import type { Chain } from "../chain.ts";
import { type Connection, createConnection } from "./connection/connection.ts";
import { followedHeads } from "./head-feed.ts";
import { networkOf } from "./networks.ts";
import { Whole } from "./numbers.ts";
import { RuntimeSource } from "./runtime.ts";
import { createSubstrateChain } from "./substrate-chain.ts";

export interface OpenChainOptions {
  /** `finney`, `test`, `local`, or addresses. */
  network: string;
  dial: Dial;
  clock: Clock;
  rng: Rng;
  log: Logger;
  metrics: Metrics;
}

/** Returns at once and connects meanwhile; what is asked before waits for it. Fails with `config` for an unknown network. */
export function openChain(options: OpenChainOptions): { chain: Chain; connection: Connection } {
  const { network, ...ports } = options;
  const { endpoints, genesisHash } = networkOf(network);
  const connection = createConnection({
    ...ports,
    endpoints,
    ...(genesisHash === undefined ? {} : { genesisHash }),
  });
  learnPace(connection).catch(() => {
    // Twelve seconds are expected until somebody knows better; the watchdog is only slower then.
  });
  return {
    chain: createSubstrateChain({
      rpc: connection,
      heads: followedHeads(connection, ports.clock),
      close: () => connection.close(),
    }),
    connection,
  };
}

const DevnetInfo = z.object({ blockTimeMs: z.number().positive().nullable() });

/** How often blocks come, by the chain's own constant; a devnet may make them by hand only. */
async function learnPace(connection: Connection): Promise<void> {
  const patient = { deadlineMs: 600_000 };
  await connection.ready(patient);
  const devnet = DevnetInfo.safeParse(await connection.request("devnet_info").catch(() => undefined));
  if (devnet.success) return connection.expectBlocksEvery(devnet.data.blockTimeMs);
  const { types } = await new RuntimeSource(connection).current(patient);
  if (types.hasConstant("Aura", "SlotDuration")) {
    connection.expectBlocksEvery(Whole.parse(types.constant("Aura", "SlotDuration")));
  }
}
