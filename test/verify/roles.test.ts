/** The whole way over a real NATS server with accounts: SmolLM2 at both ends, and a miner whose copy of it has fewer bits. */
import { expect, test } from "bun:test";
import { createUser } from "@nats-io/nkeys";
import { ALL_ROLES } from "../../actors/all-roles.ts";
import { bootNode } from "../../actors/boot-node.ts";
import { followLedger } from "../../actors/follow-ledger.ts";
import { getJson } from "../../actors/json-blob.ts";
import { prepareSubnet } from "../../actors/loaded-subnet.ts";
import { startModels } from "../../actors/model/model.ts";
import { bodyOf } from "../../actors/records.ts";
import { simulatedSigner, verifySimulated } from "../../actors/simulation/keys.ts";
import { ranked, standingsProjection } from "../../actors/standings/standings.ts";
import { startRoles } from "../../actors/start-roles.ts";
import { createLocalChain } from "../../chain/local/local-chain.ts";
import { silentLogger } from "../../cli/terminal/cli-logger.ts";
import { openLedger } from "../../ledger/open.ts";
import { convertGguf } from "../../models/embedded/convert.ts";
import { openOnnxModel } from "../../models/onnx/onnx-model.ts";
import { createScheduler } from "../../models/scheduler/scheduler.ts";
import { Evidence } from "../../protocol/evidence.ts";
import type { Role } from "../../protocol/role.ts";
import { identityFromCreds, renewedIdentity } from "../../runtime/identity/index.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { connectNats, type NatsOptions } from "../../runtime/transport/nats/connect.ts";
import { clock, rng, SERVERS } from "../../runtime/transport/nats/test-support.ts";
import { inference } from "../../subnets/inference/index.ts";
import { embeddedModel } from "../provision/embedded-models.ts";
import { smollmGguf } from "../provision/smollm.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { startTrustedServer, TEST_NET } from "../support/trusted-server.ts";
import { requantised } from "./tampered.ts";

const server = SERVERS.find(({ missing }) => missing === undefined);
const [{ path: folder, missing }, gguf] = await Promise.all([embeddedModel("smollm2"), smollmGguf()]);
const unable = missing ?? gguf.missing ?? (server === undefined ? "no nats-server" : undefined);
const NAMES = ["validator", "honest", "cheap"] as const;

test.skipIf(unable !== undefined)(
  "a validator tells a miner's requantised SmolLM2 from the real one, and standings show it",
  async () => {
    using temp = tempFolder();
    const cheap = `${temp.path}/cheap`;
    const tampered = requantised(await Bun.file(gguf.path ?? "").bytes());
    await convertGguf({ bytes: tampered, name: "cheap", folder: cheap, id: "smollm2" });
    await using trusted = await startTrustedServer(server?.binary ?? "");
    const signers = NAMES.map((name) => simulatedSigner(name));
    const neurons = signers.map(({ hotkey }, uid) => ({
      hotkey,
      coldkey: hotkey,
      stake: uid === 0 ? 5_000 : 0,
    }));
    const chain = createLocalChain({
      clock,
      verify: verifySimulated,
      genesis: { seed: "roles", startAt: clock.now(), neurons },
    });
    const subnet = prepareSubnet(inference, { params: { challenges: 1, promptWords: [10, 20], steps: 12 } });
    await using ledger = await disposable(openLedger(":memory:", { clock }));
    const blobs = createMemoryBlobs();
    await using nodes = new AsyncDisposableStack();

    async function boot(name: string, role: Role, identity: Partial<NatsOptions>) {
      const servers = [trusted.server.url];
      const log = silentLogger;
      const transport = await connectNats({ servers, name, net: TEST_NET, clock, rng, log, ...identity });
      const ports = {
        ...{ clock, rng, transport, spawn: createBunSpawn({ clock }), blobs },
        store: createMemoryStore(),
      };
      const { node } = bootNode({ name, net: TEST_NET, roles: [role], ports, log });
      nodes.defer(async () => void (await node.drain()));
      return node;
    }
    const ended = AbortSignal.timeout(150_000);
    const parts = { subnet, netuid: 1, chain, ledger, validator: { roundBlocks: 1_000, rounds: 1 } };
    for (const [uid, place] of [
      [1, folder ?? ""],
      [2, cheap],
    ] as const) {
      const nkey = createUser();
      const token = await trusted.minerToken(uid, nkey.getPublicKey());
      const identity = renewedIdentity({ nkey, currentToken: () => token, inboxPrefix: `_INBOX.${uid}` });
      const node = await boot(`miner-${uid}`, "miner", identity);
      const model = createScheduler({ model: await openOnnxModel({ folder: place, clock, blobs }), clock });
      const signer = signers[uid] ?? signers[0]!;
      await startRoles(ALL_ROLES, ["miner"], { ...parts, node, signer, miner: { models: [model] } });
    }
    const as = async (role: "validator" | "scorer" | "model") =>
      await boot(role, role, await identityFromCreds(await trusted.coreCreds(role)));
    await startModels({
      node: await as("model"),
      models: [await openOnnxModel({ folder: folder ?? "", clock, blobs })],
    });
    await startRoles(ALL_ROLES, ["scorer"], { ...parts, node: await as("scorer") });
    await startRoles(ALL_ROLES, ["validator"], {
      ...parts,
      node: await as("validator"),
      signer: signers[0]!,
    });

    for await (const _ of followLedger({
      ...{ ledger, clock, after: 0 },
      types: ["round.closed"],
      signal: ended,
    }))
      break;
    const standings = ranked((await ledger.project(standingsProjection(subnet))).state);
    const [first, second] = standings;
    expect([first?.uid, first?.outcomes, second?.uid, second?.outcomes]).toEqual([
      1,
      { ok: 1 },
      2,
      { wrong: 1 },
    ]);
    expect([first?.accuracy, second?.accuracy, second?.reward]).toEqual([1, 0, 0]);
    expect(first?.reward).toBeGreaterThan(0);

    const [event] = await ledger.read({ types: ["job.concluded"] });
    const { observed } = await getJson(blobs, bodyOf(event!, "job.concluded")!.evidence!, Evidence);
    if (observed.type !== "inference") throw new Error("a model was challenged");
    expect(observed).toMatchObject({ outcome: "ok", own: { id: "smollm2" }, claimed: { id: "smollm2" } });
    expect([observed.checked.length, observed.stepMs.length]).toEqual([96, 12]);
  },
  180_000,
);

async function disposable<T extends { close(): Promise<void> }>(
  opening: Promise<T>,
): Promise<T & AsyncDisposable> {
  const opened = await opening;
  return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
}
