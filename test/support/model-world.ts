/** Model nodes and one that asks them, on one memory network in real time. */
import { bootNode } from "../../actors/boot-node.ts";
import { followModels, type ModelDirectory } from "../../actors/model/directory.ts";
import { type ModelRoleOptions, startModels } from "../../actors/model/model.ts";
import { createModelClient, type ModelClient } from "../../actors/model/model-client.ts";
import type { HostedNode } from "../../runtime/create-node.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createMemoryNetwork } from "../../runtime/transport/memory.ts";
import { type KeptLine, keptLog } from "./quiet.ts";
import { until } from "./until.ts";

export interface ModelWorld extends AsyncDisposable {
  blobs: Blobs;
  asker: HostedNode;
  directory: ModelDirectory;
  client: ModelClient;
  nodes: ReadonlyMap<string, HostedNode>;
  logged: KeptLine[];
  /** Starts a node with these models, and waits until it is heard of. */
  start(name: string, options: Omit<ModelRoleOptions, "node">): Promise<HostedNode>;
}

export function modelWorld(): ModelWorld {
  const clock = createSystemClock();
  const blobs = createMemoryBlobs();
  const network = createMemoryNetwork({ clock });
  const logged: KeptLine[] = [];
  const nodes = new Map<string, HostedNode>();
  const boot = (name: string, role: "model" | "gateway"): HostedNode => {
    const ports = {
      ...{
        clock,
        blobs,
        rng: createSystemRng(),
        store: createMemoryStore(),
        spawn: createBunSpawn({ clock }),
      },
      transport: network.connect({ name }),
    };
    const { node } = bootNode({ name, net: "test", roles: [role], ports, log: keptLog(logged) });
    return node;
  };
  const asker = boot("asker", "gateway");
  const directory = followModels(asker);
  return {
    ...{ blobs, asker, directory, nodes, logged },
    client: createModelClient(asker, directory),
    async start(name, options) {
      const node = boot(name, "model");
      nodes.set(name, node);
      await startModels({ ...options, node });
      const ids = await Promise.all(options.models.map(async (model) => (await model.card()).id));
      const heard = () => ids.every((id) => directory.serving(id).some((report) => report.node === name));
      await until(heard, `${name} is heard of`);
      return node;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...nodes.values(), asker].map((node) => node.drain()));
    },
  };
}
