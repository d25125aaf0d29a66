/** A cluster with one connection to its chain: the process that has the key signs, the one that has the socket sends. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openChain } from "../../chain/client/open-chain.ts";
import { type Devnet, openDevnet } from "../../chain/devnet/devnet.ts";
import { signerFromUri } from "../../chain/keys/index.ts";
import { createLocalChain } from "../../chain/local/local-chain.ts";
import { createRemoteChain } from "../../chain/remote-chain.ts";
import type { WeightCall } from "../../protocol/weight-setting.ts";
import type { HostedNode } from "../../runtime/create-node.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createDial } from "../../runtime/ports/web-socket.ts";
import { createMemoryNetwork } from "../../runtime/transport/memory.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { rejection } from "../../test/support/rejection.ts";
import { until } from "../../test/support/until.ts";
import { bootNode } from "../boot-node.ts";
import { serveChain, shareChain } from "./serve-chain.ts";

const set = (uid: number): WeightCall => ({
  ...{ kind: "set", row: { uids: [uid], values: [65_535] }, versionKey: "0" },
});

const clock = createSystemClock();
const rng = createSystemRng();
const log = keptLog();

function boot(network: ReturnType<typeof createMemoryNetwork>, role: "chain" | "registry" | "weight-setter") {
  const transport = network.connect({ name: role });
  const ports = { clock, rng, transport, spawn: createBunSpawn({ clock }) };
  return bootNode({
    ...{ name: role, net: "test", roles: [role], log },
    ports: { ...ports, blobs: createMemoryBlobs(), store: createMemoryStore() },
  });
}

describe("one connection for a cluster", () => {
  let devnet: Devnet;
  let nodes: HostedNode[];
  let remote: ReturnType<typeof createRemoteChain>;
  let sockets: number;

  beforeAll(async () => {
    devnet = await openDevnet({
      ...{ clock, log, blockTimeMs: "manual", listen: { port: 0 } },
      genesis: {
        startAt: clock.now(),
        subnets: [
          {
            ...{ netuid: 1, owner: "//Owner", tempo: 10, weightsRateLimit: 5 },
            neurons: [
              { hotkey: "//Validator", coldkey: "//Cold", stakeTao: 1_000 },
              { hotkey: "//Miner", coldkey: "//Cold" },
            ],
          },
        ],
      },
    });
    const network = createMemoryNetwork({ clock });
    const holder = boot(network, "chain");
    const asker = boot(network, "weight-setter");
    nodes = [holder.node, asker.node];
    let dialled = 0;
    const dial = createDial();
    const { chain, connection } = openChain({
      ...{ network: devnet.url ?? "", clock, rng, log, metrics: holder.node.metrics },
      dial: (url, events) => {
        dialled++;
        return dial(url, events);
      },
    });
    holder.node.onDrain("close", "chain", () => chain.close());
    await shareChain(holder.node, chain, connection);
    remote = createRemoteChain(asker.services);
    await remote.head();
    sockets = dialled;
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.drain()));
    await devnet.close();
  });

  test("is enough to read the metagraph and to set weights with a key that never leaves its process", async () => {
    const signer = await signerFromUri("//Validator");
    expect((await remote.metagraph(1)).neurons.map(({ hotkey }) => hotkey)).toContain(signer.hotkey);
    const rules = await remote.weights.rules({ netuid: 1, hotkey: signer.hotkey });
    expect(rules).toMatchObject({ exists: true, uid: 0, permit: true });
    const signed = await remote.weights.sign({ netuid: 1, call: set(1), signer });
    await remote.weights.send(signed);
    await devnet.node.advance(1);
    const final = devnet.node.head().number;
    await until(() => devnet.node.finalized().number >= final, "the block is final");
    expect(await remote.weights.fate(signed)).toMatchObject({ state: "included", verdict: "ok" });
    expect((await remote.weights.row({ netuid: 1, uid: 0 })).row).toEqual({ uids: [1], values: [65_535] });
    expect((await remote.forecast?.(1))?.length).toBeGreaterThan(0);
    expect(sockets).toBe(1);
  });

  test("carries the chain's refusals with their names", async () => {
    const signer = await signerFromUri("//Validator");
    const failure = await rejection(
      remote.weights.sign({ netuid: 1, call: set(1), signer }).then((signed) => remote.weights.send(signed)),
    );
    expect(failure).toMatchObject({ message: "RateLimitExceeded", retryable: true });
  });
});

test("a cluster with a local chain goes on as before", async () => {
  const network = createMemoryNetwork({ clock });
  const holder = boot(network, "registry");
  const asker = boot(network, "weight-setter");
  const signer = await signerFromUri("//Validator");
  const hosted = createLocalChain({
    clock,
    genesis: {
      ...{ seed: "s", startAt: clock.now() - 60_000, blockTimeMs: 1_000 },
      neurons: [{ hotkey: signer.hotkey, coldkey: signer.hotkey, stake: 5_000 }],
    },
  });
  await serveChain(holder.node, hosted);
  const remote = createRemoteChain(asker.services);
  const signed = await remote.weights.sign({ netuid: 1, call: set(0), signer });
  expect(await remote.weights.fate(signed)).toEqual({ state: "pending" });
  await remote.weights.send(signed);
  expect(await remote.weights.fate(signed)).toMatchObject({ state: "included", verdict: "ok" });
  expect(await remote.forecast?.(1)).toEqual([]);
  await Promise.all([holder.node.drain(), asker.node.drain()]);
});
