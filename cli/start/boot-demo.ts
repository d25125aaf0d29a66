/** Boots the demo: one operator node with every judging role, one node per miner, one memory network. */
import { join } from "node:path";
import { bootNode } from "../../actors/boot-node.ts";
import { startGateway } from "../../actors/gateway/gateway.ts";
import type { LoadedSubnet } from "../../actors/loaded-subnet.ts";
import { startPresence } from "../../actors/presence.ts";
import { startRoles } from "../../actors/start-roles.ts";
import { createLocalChain } from "../../chain/local/local-chain.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { openLedger } from "../../ledger/open.ts";
import type { Role } from "../../protocol/role.ts";
import type { HostedNode } from "../../runtime/create-node.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createDirectoryBlobs } from "../../runtime/ports/directory-blobs.ts";
import type { Clock } from "../../runtime/ports/index.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSqliteStore } from "../../runtime/ports/sqlite-store.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createMemoryNetwork } from "../../runtime/transport/memory.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { answerer, programOf } from "../../subnets/longcontext/miners/index.ts";
import { createDashboard } from "../../web/serve.ts";
import { listenHttp } from "../node/http.ts";
import { VERSION } from "../node/version.ts";
import { DEMO_ROUND_BLOCKS, type DemoWorld } from "./demo-world.ts";

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
  rounds?: number;
}

export interface Demo {
  ledger: Ledger;
  subnet: LoadedSubnet;
  clock: Clock;
  url: string;
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
  const chainStore = createSqliteStore({ path: join(folder, "chain.sqlite") });
  const chain = createLocalChain({ genesis: world.genesis, clock, store: chainStore });
  const ledger = await openLedger(options.ledger, { clock });
  const { seq: since } = await ledger.head();
  const netuid = world.genesis.netuid;
  const nodes: HostedNode[] = [];
  const failed = new AbortController();
  const watch = (node: HostedNode) => {
    nodes.push(node);
    node.failed.then((failure) => failed.abort(failure));
  };

  for (const { name, signer } of world.miners) {
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
    await startRoles(["miner"], {
      ...{ node, subnet, netuid, chain, signer },
      validator: { roundBlocks: DEMO_ROUND_BLOCKS },
      miner: { program: async () => programOf(name), answer: answerer(name) },
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
  const names = new Map(world.miners.map(({ uid, name }) => [uid, name as string]));
  const gateway = startGateway({
    ...{ node, subnet, ledger },
    names: new Map(world.miners.map(({ signer, name }) => [signer.hotkey, name])),
  });
  const http = await listenHttp({
    node,
    address: options.http,
    anyPort: true,
    apps: [gateway, await createDashboard()],
  });
  node.onDrain("close", "http", () => http.close());
  await startRoles(OPERATOR, {
    ...{ node, subnet, netuid, chain, ledger },
    hostedChain: chain,
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
    failed: failed.signal,
    async stop() {
      const reports = await Promise.all(nodes.toReversed().map((each) => each.drain()));
      chainStore.close();
      await ledger.close();
      return reports.every(({ clean }) => clean);
    },
  };
}
