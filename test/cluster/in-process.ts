/** The same subnet in this process, on the memory transport: what a cluster must come to as well. */
import { join } from "node:path";
import { ALL_ROLES } from "../../actors/all-roles.ts";
import { bootNode } from "../../actors/boot-node.ts";
import type { LoadedSubnet } from "../../actors/loaded-subnet.ts";
import { startRoles } from "../../actors/start-roles.ts";
import { signerFromUri } from "../../chain/keys/index.ts";
import { createLocalChain } from "../../chain/local/local-chain.ts";
import { loadAnswerer, programFromFile } from "../../cli/node/miner-parts.ts";
import { silentLogger } from "../../cli/terminal/cli-logger.ts";
import { openLedger } from "../../ledger/open.ts";
import type { Standing } from "../../protocol/standing.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createMemoryNetwork } from "../../runtime/transport/memory.ts";
import { provisionWasmtime } from "../provision/isolates.ts";
import { ROOT } from "./cluster.ts";
import { standingsOf } from "./round.ts";

const MINERS = { good: "//Bob", sloppy: "//Charlie" } as const;

/** Runs one round and tells its standings. */
export async function standingsInProcess(options: {
  subnet: LoadedSubnet;
  genesis: Record<string, unknown>;
  roundBlocks: number;
}): Promise<Standing[]> {
  const { subnet, roundBlocks } = options;
  const clock = createSystemClock();
  const rng = createSystemRng();
  const spawn = createBunSpawn({ clock });
  const network = createMemoryNetwork({ clock, revision: clock.now() });
  const chain = createLocalChain({ genesis: { ...options.genesis, startAt: clock.now() }, clock });
  const ledger = await openLedger(":memory:", { clock });
  const boot = (name: string, roles: Parameters<typeof startRoles>[1]) => {
    const transport = network.connect({ name });
    const ports = { clock, rng, transport, spawn, blobs: createMemoryBlobs(), store: createMemoryStore() };
    return bootNode({ name, net: "t", roles, ports, log: silentLogger }).node;
  };
  const common = { subnet, netuid: 1, chain, validator: { roundBlocks, rounds: 1 } };
  const miners = await Promise.all(
    Object.entries(MINERS).map(async ([name, uri]) => {
      const node = boot(name, ["miner"]);
      const folder = join(ROOT, "subnets/longcontext/miners");
      const miner = {
        program: programFromFile(join(folder, `${name}.py`)),
        answer: await loadAnswerer(`${join(folder, "reading.ts")}#${name}`),
      };
      await startRoles(ALL_ROLES, ["miner"], { ...common, node, signer: await signerFromUri(uri), miner });
      return node;
    }),
  );
  const roles = ["validator", "sandbox", "scorer"] as const;
  const node = boot("operator", roles);
  const backend = await provisionWasmtime();
  const signer = await signerFromUri("//Alice");
  await startRoles(ALL_ROLES, roles, { ...common, node, ledger, signer, isolates: { backend, slots: 2 } });
  try {
    return await standingsOf(ledger, subnet);
  } finally {
    await node.drain();
    await Promise.all(miners.map((miner) => miner.drain()));
    await ledger.close();
  }
}
