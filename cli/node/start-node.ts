/** From a configuration to a running node. What a role does not need is not even loaded. */
import { mkdir } from "node:fs/promises";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import type { AnyElysia } from "elysia";
import { bootNode } from "../../actors/boot-node.ts";
import { startPresence } from "../../actors/presence.ts";
import { type RoleParts, startRoles } from "../../actors/start-roles.ts";
import type { Signer } from "../../chain/chain.ts";
import { Failure } from "../../protocol/failure.ts";
import { ROLES, type Role } from "../../protocol/role.ts";
import type { HostedNode } from "../../runtime/create-node.ts";
import type { OpenServices } from "../../runtime/create-services.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import type { Clock, Store } from "../../runtime/ports/index.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { chainPlan, openNodeChain } from "./chain.ts";
import { checkJudge, minerModels } from "./challenges.ts";
import type { NodeConfig } from "./config.ts";
import { loadRoles } from "./load-roles.ts";
import { openNetwork } from "./network.ts";
import { VERSION } from "./version.ts";

export interface StartNodeOptions {
  config: NodeConfig;
  log: Logger;
  signal: AbortSignal;
}

/** Roles that are in this build; `all` means these. */
const BUILT: readonly Role[] = [
  "registry",
  "sandbox",
  "scorer",
  "validator",
  "weight-setter",
  "gateway",
  "model",
  "miner",
  "chain",
];
const NEED_LEDGER: readonly Role[] = ["scorer", "validator", "weight-setter", "gateway"];
const NEED_CHAIN: readonly Role[] = ["registry", "validator", "weight-setter", "gateway", "miner", "chain"];
const NEED_HOTKEY: readonly Role[] = ["miner", "validator", "weight-setter"];
const DEFAULT_GATEWAY = "127.0.0.1:7070";

export async function startNode(
  options: StartNodeOptions,
): Promise<{ node: HostedNode; url: string | undefined }> {
  const { config, log, signal } = options;
  const roles = rolesOf(config);
  const needs = (which: readonly Role[]) => roles.some((role) => which.includes(role));
  preload(config, { ledger: needs(NEED_LEDGER), chain: needs(NEED_CHAIN) });
  const code = loadRoles(roles, { chain: roles.includes("registry") || roles.includes("chain") });
  // What cannot be loaded is said where it is needed.
  code.catch(() => {});
  const clock = createSystemClock();
  const rng = createSystemRng();
  const name = config.name ?? `${roles[0]}-${Buffer.from(rng.bytes(3)).toString("hex")}`;
  const folder = resolve(config.data);

  // What can be refused is looked at before anything is opened.
  const signer = needs(NEED_HOTKEY) ? await signerOf(config) : undefined;
  const subnet = await (await import("./subnets.ts")).loadSubnet(config.subnet, config);
  if (roles.includes("validator")) await checkJudge(config, roles, subnet);
  const { genesis } = await chainPlan(config, roles);
  const miner = await minerParts(config);
  const trust = await trustOf(config);
  if (config.tools !== undefined) await (await import("../tools/tools-file.ts")).readToolsFile(config.tools);
  await mkdir(folder, { recursive: true });
  const lost = Promise.withResolvers<Failure>();
  const { transport, blobs } = await openNetwork({
    ...{ config, name, roles, folder, signer, clock, rng, log, signal },
    onLost: lost.resolve,
  });
  const ports = {
    ...{ clock, rng, transport, blobs },
    store: await storeOf(config, folder),
    spawn: createBunSpawn({ clock }),
  };
  const { node, services } = bootNode({
    name,
    net: config.net,
    roles,
    ports,
    log,
    drainMs: phases(config.drainMs),
    otlp: config.otlp,
  });
  // Without credentials it would only knock at the server for ever.
  void lost.promise.then(node.fail);
  transport.onStatus(({ failure }) => {
    if (failure !== undefined) node.fail(connectionLost(failure));
  });
  // Asked to stop while still waiting for others: what waits ends, and so does the start.
  signal.addEventListener("abort", () => void node.drain(), { once: true });
  try {
    const nodeChain = needs(NEED_CHAIN)
      ? await openNodeChain({ config, roles, genesis, folder, node, services })
      : undefined;
    const chain = nodeChain?.chain;
    const ledger = needs(NEED_LEDGER) ? await openLedger(config, folder, clock, node) : undefined;
    const parts: RoleParts = {
      ...{ node, subnet, netuid: config.netuid, ...nodeChain },
      ...(config.versionKey === undefined ? {} : { versionKey: config.versionKey }),
      ...(ledger === undefined ? {} : { ledger }),
      ...(signer === undefined ? {} : { signer }),
      ...(roles.includes("sandbox") ? { isolates: await isolates(config, signal) } : {}),
      ...(roles.includes("sandbox") && config.tools !== undefined
        ? { tools: await toolParts(config.tools, { node, signer, folder }) }
        : {}),
      validator: {
        roundBlocks: config.roundBlocks,
        intakePatienceMs: config.intakeMs,
        ...(config.rounds === undefined ? {} : { rounds: config.rounds }),
      },
      miner: roles.includes("miner") ? { ...miner, models: await minerModels(node, config) } : miner,
    };
    await serveMicro(node, services);
    const apps: AnyElysia[] = [];
    if (roles.includes("registry") && chain !== undefined) {
      const { startRegistry } = await import("../../actors/registry/registry.ts");
      const { CLIENT_ADDRESS_HEADER } = await import("./http.ts");
      const { netuid, nats: natsServers } = config;
      const addressHeader = CLIENT_ADDRESS_HEADER;
      apps.push(startRegistry({ node, chain, netuid, trust, natsServers, addressHeader }).app);
    }
    if (roles.includes("gateway") && ledger !== undefined && chain !== undefined) {
      const { startGateway } = await import("../../actors/gateway/gateway.ts");
      const { createDashboard } = await import("../../web/serve.ts");
      apps.push(
        startGateway({ node, subnet, ledger, onChain: { chain, netuid: config.netuid } }),
        await createDashboard(),
      );
    }
    const address = config.http ?? (roles.includes("gateway") ? DEFAULT_GATEWAY : undefined);
    const http =
      address === undefined
        ? undefined
        : await (await import("./listen.ts")).listen({ node, roles, config, address, chain, signer, apps });
    if (http !== undefined) node.onDrain("close", "http", () => http.close());
    // Before the others: a validator may judge by them.
    if (roles.includes("model")) await serveModels(node, config);
    await startRoles(await code, roles, parts);
    startPresence(node, { version: VERSION, residentBytes: () => process.memoryUsage.rss() });
    return { node, url: http?.url };
  } catch (thrown) {
    // Leave nothing behind: a connection or a lock of a node that never was would outlive its error message.
    await node.drain();
    throw thrown;
  }
}

/** No verdict: a token may have ended while the machine slept, and a server that starts knows nobody. The next start tells. */
const connectionLost = (cause: Failure): Failure =>
  new Failure("unavailable", `the NATS connection has ended for good: ${cause.message}`, {
    cause,
    hint: "Start the node again: it says what is wrong, if anything is.",
  });

async function serveModels(node: HostedNode, config: NodeConfig): Promise<void> {
  if (config.models.length === 0) {
    throw new Failure("config", "role model needs a model", {
      hint: "Name it with --models, for example --models smollm2, or a file that describes one of a server.",
    });
  }
  const { openModels } = await import("./models.ts");
  const { startModels } = await import("../../actors/model/model.ts");
  const { clock, rng, blobs, log } = node;
  const { models: names, modelMemoryMb, modelIdleMs: idleMs, modelLabels: labels } = config;
  const memoryBytes = modelMemoryMb * 1024 * 1024;
  await startModels({
    ...{ node, labels },
    models: await openModels({ models: names, clock, rng, blobs, log, memoryBytes }),
    scheduler: { memoryBytes, ...(idleMs === undefined ? {} : { idleMs }) },
  });
}

/** Read and compiled side by side, while what needs them one after the other is still busy with the first. */
function preload(config: NodeConfig, needs: { ledger: boolean; chain: boolean }): void {
  const parts = [
    import("./subnets.ts"),
    ...(needs.chain && config.nats !== undefined ? [import("../../chain/remote-chain.ts")] : []),
    ...(config.nats === undefined
      ? []
      : [
          import("./nats.ts"),
          import("../../runtime/transport/nats/blobs.ts"),
          import("../../runtime/transport/nats/micro.ts"),
        ]),
    ...(needs.ledger && !config.ledger?.startsWith("postgres") ? [import("../../ledger/sqlite.ts")] : []),
  ];
  // What cannot be loaded is said by whoever needs it.
  Promise.all(parts).catch(() => {});
}

function rolesOf(config: NodeConfig): readonly Role[] {
  const mines = config.submission !== undefined || config.answers !== undefined;
  const wanted = (role: Role) =>
    role === "miner" ? mines : role === "model" ? config.models.length > 0 : role !== "chain";
  const all = BUILT.filter(wanted);
  const roles = [...new Set(config.role.flatMap((role) => (role === "all" ? all : [role])))];
  const missing = roles.find((role) => !BUILT.includes(role));
  if (missing !== undefined) {
    throw new Failure("config", `role ${missing} is not in this build`, {
      hint: `There are ${BUILT.join(", ")}.`,
    });
  }
  return ROLES.filter((role) => roles.includes(role));
}

/** By the node's name: one that takes another at every start could never find again what it had kept. */
async function storeOf({ name }: NodeConfig, folder: string): Promise<Store> {
  if (name === undefined) return (await import("../../runtime/ports/memory-store.ts")).createMemoryStore();
  const { createSqliteStore } = await import("../../runtime/ports/sqlite-store.ts");
  return createSqliteStore({ path: join(folder, `${name}.sqlite`) });
}

async function signerOf({ hotkey }: NodeConfig) {
  if (hotkey === undefined) {
    throw new Failure("config", "this role acts for a hotkey", {
      hint: "Give it with --hotkey FILE, or //Name for tests.",
    });
  }
  return (await import("../../chain/keys/index.ts")).loadSigner(hotkey);
}

async function openLedger(config: NodeConfig, folder: string, clock: Clock, node: HostedNode) {
  const { openLedger: open } = await import("../../ledger/open.ts");
  const ledger = await open(config.ledger ?? join(folder, "ledger.sqlite"), { clock });
  node.onDrain("close", "ledger", () => ledger.close());
  return ledger;
}

async function isolates(config: NodeConfig, signal: AbortSignal) {
  const { ISOLATE_CACHE, openIsolates } = await import("./isolates.ts");
  const quiet = config.logFormat === "json" || !process.stderr.isTTY;
  const backend = await openIsolates({ options: config, cache: ISOLATE_CACHE, quiet, signal });
  return { backend, slots: config.slots ?? cpus().length };
}

async function toolParts(
  path: string,
  from: { node: HostedNode; signer: Signer | undefined; folder: string },
) {
  const { openToolParts } = await import("../tools/tool-parts.ts");
  const { keptReceiptKey } = await import("../tools/receipt-key.ts");
  const { node, folder } = from;
  const signer = from.signer ?? (await keptReceiptKey(join(folder, "receipts.key")));
  node.log.info("tool calls are answered, their receipts signed", { by: signer.hotkey });
  return await openToolParts({
    ...{ path, signer },
    models: async () => {
      const { followModels } = await import("../../actors/model/directory.ts");
      const { createModelClient } = await import("../../actors/model/model-client.ts");
      const client = createModelClient(node, followModels(node));
      return { generate: (request, options) => client.generate(request, { ...options, caller: "tools" }) };
    },
  });
}

async function minerParts({ submission, answers }: NodeConfig): Promise<NonNullable<RoleParts["miner"]>> {
  if (submission === undefined && answers === undefined) return {};
  const { loadAnswerer, programFromFile } = await import("./miner-parts.ts");
  return {
    ...(submission === undefined ? {} : { program: programFromFile(submission) }),
    ...(answers === undefined ? {} : { answer: await loadAnswerer(answers) }),
  };
}

async function trustOf({ trust }: NodeConfig) {
  return trust === undefined
    ? undefined
    : (await import("../../runtime/identity/index.ts")).readRegistryTrust(trust);
}

/** Operators see the node with `nats micro ls`; a miner's credentials do not reach that far. */
async function serveMicro(node: HostedNode, services: OpenServices): Promise<void> {
  if (node.transport.kind !== "nats" || node.roles.every((role) => role === "miner")) return;
  const { serveDiscovery } = await import("../../runtime/transport/nats/micro.ts");
  const discovery = serveDiscovery(node.transport, {
    id: `${node.name}-${Buffer.from(node.rng.bytes(4)).toString("hex")}`,
    node: node.name,
    startedAt: node.clock.now(),
    stats: () => services.stats(),
  });
  node.onDrain("close", "discovery", async () => discovery.unsubscribe());
}

const phases = (ms: number) => ({
  "stop-accepting": ms,
  "finish-mailboxes": ms,
  "ack-or-nak": ms,
  "release-leases": ms,
  close: ms,
});
