/** Boots the demo: one operator node with every judging role, one node per miner, one memory network. */
import { join } from "node:path";
import { ALL_ROLES } from "../../actors/all-roles.ts";
import { bootNode } from "../../actors/boot-node.ts";
import { startGateway } from "../../actors/gateway/gateway.ts";
import type { LoadedSubnet } from "../../actors/loaded-subnet.ts";
import { startPresence } from "../../actors/presence.ts";
import { startRoles } from "../../actors/start-roles.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { openLedger } from "../../ledger/open.ts";
import type { Role } from "../../protocol/role.ts";
import type { HostedNode } from "../../runtime/create-node.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createMetrics } from "../../runtime/observe/prometheus.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createDirectoryBlobs } from "../../runtime/ports/directory-blobs.ts";
import type { Clock } from "../../runtime/ports/index.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSqliteStore } from "../../runtime/ports/sqlite-store.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createMemoryNetwork } from "../../runtime/transport/memory.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { createDashboard } from "../../web/serve.ts";
import { listenHttp } from "../node/http.ts";
import { VERSION } from "../node/version.ts";
import { type DemoChain, openDemoChain } from "./demo-chain.ts";
import { DEMO_NETUID, DEMO_ROUND_BLOCKS, type DemoWorld } from "./demo-world.ts";

export interface BootDemoOptions {
  clock: Clock;
  subnet: LoadedSubnet;
  world: DemoWorld;
  /** Path of the ledger. */
  ledger: string;
  folder: string;
  isolates: { backend: IsolateBackend; slots: number };
  http: string;
  log: Logger;
  /** Of the miners, who fail on purpose. */
  minerLog: Logger;
  /** Lines for the one who started it. */
  tell: (line: string) => void;
  rounds?: number;
}

export interface Demo {
  ledger: Ledger;
  subnet: LoadedSubnet;
  clock: Clock;
  url: string;
  /** Where clients of Bittensor reach the chain. */
  chainUrl: string;
  /** Ledger position before this run. */
  since: number;
  names: ReadonlyMap<number, string>;
  /** Aborts when a node cannot go on. */
  failed: AbortSignal;
  /** Drains every node; tells whether all stopped in time. */
  stop(): Promise<boolean>;
}

const OPERATOR: readonly Role[] = ["registry", "sandbox", "scorer", "validator", "weight-setter", "gateway"];
const NET = "local";

export async function bootDemo(options: BootDemoOptions): Promise<Demo> {
  const { clock, subnet, world, folder, log } = options;
  const rng = createSystemRng();
  const spawn = createBunSpawn({ clock });
  const network = createMemoryNetwork({ clock, revision: clock.now() });
  const demoChain: DemoChain = await openDemoChain({
    ...{ folder, ledger: options.ledger, genesis: world.genesis, clock, rng, log, tell: options.tell },
    metrics: createMetrics(),
  });
  const { chain } = demoChain;
  const ledger = await openLedger(options.ledger, { clock });
  const { seq: since } = await ledger.head();
  const netuid = DEMO_NETUID;
  const nodes: HostedNode[] = [];
  const failed = new AbortController();
  const watch = (node: HostedNode) => {
    nodes.push(node);
    node.failed.then((failure) => failed.abort(failure));
  };

  for (const { name, signer, behaviour } of world.miners) {
    const transport = network.connect({ name: `miner-${name}` });
    const ports = { clock, rng, transport, spawn, blobs: createMemoryBlobs(), store: createMemoryStore() };
    // A miner that crashes is part of the show; its own log is not.
    const { node } = bootNode({
      name: `miner-${name}`,
      net: NET,
      roles: ["miner"],
      ports,
      log: options.minerLog,
    });
    watch(node);
    await startRoles(ALL_ROLES, ["miner"], {
      ...{ node, subnet, netuid, chain, signer },
      validator: { roundBlocks: DEMO_ROUND_BLOCKS },
      miner: behaviour,
    });
    node.ready();
  }

  const transport = network.connect({ name: "operator" });
  const ports = {
    ...{ clock, rng, transport, spawn },
    blobs: createDirectoryBlobs({ path: join(folder, "blobs") }),
    store: createSqliteStore({ path: join(folder, "node.sqlite") }),
  };
  const { node } = bootNode({ name: "operator", net: NET, roles: OPERATOR, ports, log });
  watch(node);
  const names = new Map(world.miners.map(({ uid, name }) => [uid, name]));
  const gateway = startGateway({
    ...{ node, subnet, ledger, onChain: { chain, netuid } },
    names: new Map([
      [world.validator.hotkey, "validator"],
      ...world.miners.map(({ signer, name }): [string, string] => [signer.hotkey, name]),
    ]),
  });
  const http = await listenHttp({
    node,
    address: options.http,
    anyPort: true,
    apps: [gateway, await createDashboard()],
  });
  node.onDrain("close", "http", () => http.close());
  await startRoles(ALL_ROLES, OPERATOR, {
    ...{ node, subnet, netuid, chain, ledger },
    signer: world.validator,
    isolates: options.isolates,
    validator: {
      roundBlocks: DEMO_ROUND_BLOCKS,
      intakePatienceMs: 5_000,
      ...(options.rounds === undefined ? {} : { rounds: options.rounds }),
    },
  });
  startPresence(node, { version: VERSION, residentBytes: () => process.memoryUsage.rss() });
  node.ready();

  return {
    ...{ ledger, subnet, clock, since, names },
    url: http.url,
    chainUrl: demoChain.url,
    failed: failed.signal,
    async stop() {
      const reports = await Promise.all(nodes.toReversed().map((each) => each.drain()));
      await demoChain.close();
      await ledger.close();
      return reports.every(({ clean }) => clean);
    },
  };
}
