/** A real gateway over a real in-memory ledger, served by the node's own listener. No network but loopback. */
import { bootNode } from "../../actors/boot-node.ts";
import { startGateway } from "../../actors/gateway/gateway.ts";
import { putJson } from "../../actors/json-blob.ts";
import type { Chain } from "../../chain/chain.ts";
import { listenHttp } from "../../cli/node/http.ts";
import type { NewEvent } from "../../ledger/ledger.ts";
import { openLedger } from "../../ledger/open.ts";
import { scriptedCard } from "../../models/scripted/card.ts";
import { type ModelReport, Models } from "../../protocol/services/model.ts";
import { Nodes } from "../../protocol/services/node.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createMemoryNetwork } from "../../runtime/transport/memory.ts";
import { createDashboard } from "../../web/serve.ts";
import { keptLog } from "../support/quiet.ts";
import { hotkey, programEvidence, subnet } from "./story.ts";

export interface GatewayWorldOptions {
  names?: ReadonlyMap<string, string>;
  onChain?: { chain: Chain; netuid: number };
}

export async function gatewayWorld(options: GatewayWorldOptions = {}) {
  const clock = createSystemClock();
  const rng = createSystemRng();
  const network = createMemoryNetwork({ clock });
  const ledger = await openLedger(":memory:", { clock });
  const blobs = createMemoryBlobs();
  const log = keptLog();
  const boot = (name: string) =>
    bootNode({
      ...{ name, net: "test", roles: ["gateway"], log },
      ports: {
        ...{ clock, rng, blobs, spawn: createBunSpawn({ clock }), store: createMemoryStore() },
        transport: network.connect({ name }),
      },
    }).node;
  const names = options.names ?? new Map([[hotkey(1), "good"]]);

  const start = async (address: string) => {
    const node = boot(`gateway-${Bun.hash(address + clock.monotonic()).toString(36)}`);
    const { onChain } = options;
    const gateway = startGateway({
      ...{ node, subnet, ledger, names },
      ...(onChain === undefined ? {} : { onChain }),
    });
    const http = await listenHttp({ node, address, apps: [gateway, await createDashboard()] });
    node.ready();
    return {
      node,
      url: http.url,
      async stop() {
        await http.close();
        await node.drain();
      },
    };
  };
  let gateway = await start("127.0.0.1:0");
  const { url } = gateway;
  const worker = boot("operator");

  return {
    ...{ ledger, blobs, clock, log, url, names },
    get node() {
      return gateway.node;
    },
    /** Appends as the roles do. */
    tell: (...events: NewEvent[]) => ledger.append(events),
    /** Keeps evidence where the gateway finds it. */
    keep: (...args: Parameters<typeof programEvidence>) => putJson(blobs, programEvidence(...args)),
    /** A heartbeat of a node. */
    beat(name: string) {
      worker.client(Nodes).report.publish({
        ...{ node: name, roles: ["validator"], version: "1", state: "ready" },
        ...{ startedAt: clock.now() - 60_000, at: clock.now(), gauges: { residentBytes: 2 ** 27 } },
      });
    },
    /** What a model actor says of itself; its tokens are what it has given since it started. */
    model(actor: string, changes: Partial<ModelReport> & { id?: string; tokens?: number } = {}) {
      const { id = "smollm2", tokens = 0, ...rest } = changes;
      worker.client(Models).report.publish({
        ...{ actor, node: `${actor}-node`, at: clock.now(), status: "ready", labels: { gpu: "none" } },
        ...{ slots: 8, running: 3, waiting: 0, memoryUsage: 0.25 },
        card: scriptedCard({ id, seed: 0, contextLength: 8_192 }),
        work: {
          ...{ answers: 40, failed: 0, promptTokens: 9_000, completionTokens: tokens },
          firstTokenMs: { p50: 42, p95: 1_250 },
        },
        ...rest,
      });
    },
    /** Ends the gateway and its listener; the ledger stays. */
    stop: () => gateway.stop(),
    /** A new gateway on the same ledger at the same address. */
    async restart() {
      gateway = await start(new URL(url).host);
    },
    async [Symbol.asyncDispose]() {
      await gateway.stop();
      await worker.drain();
      await ledger.close();
    },
  };
}
