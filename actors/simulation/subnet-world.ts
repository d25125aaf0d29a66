/** A whole subnet in one process on virtual time: the same roles as anywhere, on simulated ports. */
import { createLocalChain, type LocalChain } from "../../chain/local/local-chain.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { createScheduler } from "../../models/scheduler/scheduler.ts";
import type { Json } from "../../protocol/ids.ts";
import type { ModelId } from "../../protocol/model-id.ts";
import { createNode } from "../../runtime/create-node.ts";
import { createServices } from "../../runtime/create-services.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createMetrics } from "../../runtime/observe/prometheus.ts";
import { type SimulatedPorts, World } from "../../runtime/simulation/world.ts";
import { createScriptedBackend } from "../../sandbox/scripted.ts";
import { ALL_ROLES } from "../all-roles.ts";
import { bootNode } from "../boot-node.ts";
import { challengesModels, type LoadedSubnet } from "../loaded-subnet.ts";
import { startModels } from "../model/model.ts";
import { startRoles } from "../start-roles.ts";
import { drawRound } from "../validator/draw.ts";
import { challengesOf } from "../validator/judge-models.ts";
import { simulatedSigner, verifySimulated } from "./keys.ts";
import { operatorServices } from "./operator-services.ts";
import type { ScriptedInference, ScriptedMiner, SubnetScript } from "./script.ts";
import { judgeModel, minerModel } from "./scripted-models.ts";

export interface SubnetWorldOptions {
  subnet: LoadedSubnet;
  script: SubnetScript;
  miners: number;
  validators: number;
  seed: string;
  roundBlocks: number;
  /** Opens the ledger of one validator; it outlives the validator's process, as a disk would. */
  openLedger: (world: World) => Promise<Ledger>;
  log: Logger;
}

export interface SubnetWorld {
  world: World;
  chain: LocalChain;
  /** By validator name, in uid order. */
  ledgers: ReadonlyMap<string, Ledger>;
  /** Names in uid order, validators first. */
  neurons: readonly string[];
  close(): Promise<void>;
}

const NETUID = 1;
const NET = "sim";
const BLOCK_MS = 12_000;
const ISOLATES = 4;
const DRAWS_KEPT = 4;

/** The node of a validator's models: of its own, so that it can fail alone. */
export const modelNodeOf = (validator: string): string => `${validator}-model`;

export async function createSubnetWorld(options: SubnetWorldOptions): Promise<SubnetWorld> {
  const { subnet, script, seed, roundBlocks } = options;
  const world = new World({ seed });
  const validators = Array.from({ length: options.validators }, (_, i) => `validator-${i}`);
  const miners = Array.from({ length: options.miners }, (_, i) => `miner-${i}`);
  const neurons = [...validators, ...miners];
  const chain = createLocalChain({
    clock: world.clock,
    verify: verifySimulated,
    genesis: {
      ...{ netuid: NETUID, seed: `sim/${seed}`, startAt: world.clock.now(), blockTimeMs: BLOCK_MS },
      ...{ tempo: 360, weightsRateLimit: 100, maxValidators: options.validators },
      neurons: neurons.map((name, uid) => {
        const { hotkey } = simulatedSigner(name);
        return { hotkey, coldkey: hotkey, stake: uid < options.validators ? 10_000 : 0 };
      }),
    },
  });
  const sealed = sealedTasks(subnet, chain, roundBlocks);
  const chance = world.rng("skills");
  const scripted = miners.map((miner): ScriptedMiner => ({ seed, miner, skill: 0.2 + 0.8 * chance.next() }));
  const ledgers = new Map<string, Ledger>();
  for (const name of validators) ledgers.set(name, recorded(world, name, await options.openLedger(world)));

  const models = challengesModels(subnet) ? challengesOf(subnet).map(({ model }) => model) : [];
  for (const [nth, miner] of scripted.entries()) {
    const serves = { models, how: script.model?.({ ...miner, nth }) };
    world.node(miner.miner, (ports) => bootMiner(options, chain, { ...miner, ...serves }, sealed, ports));
  }
  for (const name of validators) {
    const ledger = ledgers.get(name) as Ledger;
    if (models.length > 0)
      world.node(modelNodeOf(name), (ports) => bootModels(options, name, models, ports), { operator: name });
    world.node(name, (ports) => bootValidator(options, chain, ledger, scripted, ports), { operator: name });
  }
  return {
    ...{ world, chain, ledgers, neurons },
    async close() {
      world.close();
      for (const ledger of ledgers.values()) await ledger.close();
    },
  };
}

type SealedTasks = (round: number, id: string) => Promise<Json>;

/** What the scripted miners look answers up in: every validator draws the same tasks from the chain. */
function sealedTasks(subnet: LoadedSubnet, chain: LocalChain, roundBlocks: number): SealedTasks {
  const rounds = new Map<number, ReadonlyMap<string, Json>>();
  return async (round, id) => {
    let tasks = rounds.get(round);
    if (tasks === undefined) {
      const drawn = drawRound(subnet, { round, seed: await chain.blockHash(round * roundBlocks) });
      tasks = new Map(drawn.map(({ judged }) => [judged.id, judged.sealed]));
      rounds.set(round, tasks);
      if (rounds.size > DRAWS_KEPT) rounds.delete(Math.min(...rounds.keys()));
    }
    return tasks.get(id) ?? null;
  };
}

/** The world's event log holds what every ledger recorded. */
function recorded(world: World, name: string, ledger: Ledger): Ledger {
  return {
    ...ledger,
    async append(events, appendOptions) {
      const results = await ledger.append(events, appendOptions);
      for (const { event, duplicate } of results) {
        if (!duplicate)
          world.log({ ledger: name, seq: event.seq, type: event.type, key: event.key, hash: event.hash });
      }
      return results;
    },
  };
}

async function bootMiner(
  { subnet, script, log, roundBlocks }: SubnetWorldOptions,
  chain: LocalChain,
  miner: ScriptedMiner & { models: readonly ModelId[]; how: ScriptedInference | undefined },
  sealed: SealedTasks,
  ports: SimulatedPorts,
): Promise<void> {
  const { node } = bootNode({ name: ports.name, net: NET, roles: ["miner"], ports, log });
  const { models, how } = miner;
  const { clock, blobs } = node;
  const serving =
    how === undefined ? [] : models.map((id) => minerModel(id, miner.miner, how, { clock, blobs }));
  await startRoles(ALL_ROLES, ["miner"], {
    ...{ node, subnet, netuid: NETUID, chain, signer: simulatedSigner(miner.miner) },
    validator: { roundBlocks },
    miner: {
      models: serving.map((model) => createScheduler({ model, clock })),
      // The program names its author: a scripted isolate behaves as that miner would.
      program: async () => ({ runtime: "python", entry: "main.py", files: { "main.py": miner.miner } }),
      async *answer({ id, round, signal }) {
        const { seed, miner: name, skill } = miner;
        const task = { id, round, sealed: await sealed(round, id) };
        const { text, totalMs } = script.answer?.({ seed, miner: name, skill, task }) ?? {
          text: "",
          totalMs: 0,
        };
        await node.clock.sleep(totalMs, signal);
        yield text;
      },
    },
  });
  node.ready();
}

/** The services of one operator: what miners take part in by the common net, the rest by its own. */
function operatorParts(name: string, log: Logger, { transport, clock, rng, name: node }: SimulatedPorts) {
  const own = log.child({ node });
  const metrics = createMetrics();
  const common = { transport, clock, rng, node, log: own, metrics };
  const services = operatorServices({
    common: createServices({ ...common, net: NET }),
    own: createServices({ ...common, net: `${NET}-${name}` }),
  });
  return { services, metrics, log: own };
}

async function bootModels(
  { log }: SubnetWorldOptions,
  operator: string,
  ids: readonly ModelId[],
  ports: SimulatedPorts,
): Promise<void> {
  const roles = ["model"] as const;
  const node = createNode({
    name: ports.name,
    net: NET,
    roles,
    ports,
    ...operatorParts(operator, log, ports),
  });
  const { clock, blobs } = node;
  await startModels({ node, models: ids.map((id) => judgeModel(id, { clock, blobs })) });
  node.ready();
}

async function bootValidator(
  { subnet, script, log, roundBlocks }: SubnetWorldOptions,
  chain: LocalChain,
  ledger: Ledger,
  miners: readonly ScriptedMiner[],
  ports: SimulatedPorts,
): Promise<void> {
  const { name, clock } = ports;
  const roles = ["sandbox", "scorer", "validator", "weight-setter"] as const;
  const node = createNode({ name, net: NET, roles, ports, ...operatorParts(name, log, ports) });
  const backend = createScriptedBackend({
    clock,
    script: (request, input) => {
      const miner = miners.find((candidate) => candidate.miner === request.files[request.entry]);
      if (miner === undefined) return { outcome: "error", detail: "nobody wrote this program" };
      const observed = script.case?.({ ...miner, call: request.call ?? "", input: input ?? null });
      return observed ?? { outcome: "error", detail: "this subnet's programs are not scripted" };
    },
  });
  await startRoles(ALL_ROLES, roles, {
    ...{ node, subnet, netuid: NETUID, chain, ledger, signer: simulatedSigner(name) },
    isolates: { backend, slots: ISOLATES },
    validator: { roundBlocks },
  });
  node.ready();
}
