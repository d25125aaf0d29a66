/** One validator and any miners of a tiny subnet on virtual time, to see what each misbehaviour comes to. */

import { ALL_ROLES } from "../../actors/all-roles.ts";
import { bootNode } from "../../actors/boot-node.ts";
import { prepareSubnet } from "../../actors/loaded-subnet.ts";
import type { MinerOptions } from "../../actors/miner/miner.ts";
import { bodyOf } from "../../actors/records.ts";
import type { ToolParts } from "../../actors/sandbox/tool-sessions.ts";
import { simulatedSigner, verifySimulated } from "../../actors/simulation/keys.ts";
import { startRoles } from "../../actors/start-roles.ts";
import { createLocalChain, type LocalChain } from "../../chain/local/local-chain.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { openLedger } from "../../ledger/open.ts";
import type { RecordBody } from "../../protocol/records.ts";
import type { HostedNode } from "../../runtime/create-node.ts";
import type { Node } from "../../runtime/node.ts";
import type { Span } from "../../runtime/observe/span.ts";
import type { SimulatedPorts } from "../../runtime/simulation/world.ts";
import { World } from "../../runtime/simulation/world.ts";
import { createScriptedBackend, type ScriptedOptions } from "../../sandbox/scripted.ts";
import { type KeptLine, keptLog } from "./quiet.ts";
import { tinySubnet } from "./tiny-subnet.ts";

export interface HarnessOptions {
  miners: Record<string, Pick<MinerOptions, "program" | "answer"> | "offline">;
  params?: Record<string, unknown>;
  /** What an isolate observes; adds right by default. */
  script?: ScriptedOptions["script"];
  /** What sandboxes answer tool calls with. */
  tools?: ToolParts;
  seed?: string;
  roundBlocks?: number;
  maxAttempts?: number;
}

export interface Harness extends AsyncDisposable {
  world: World;
  chain: LocalChain;
  ledger: Ledger;
  /** The validator node of now; a restart makes another. */
  validator(): Node;
  /** Spans that the validator node of now has finished. */
  spans(): readonly Span[];
  logged: KeptLine[];
  concluded(): Promise<RecordBody<"job.concluded">[]>;
  events(type: string): Promise<{ key: string; body: unknown }[]>;
  /** Outcome of each miner's jobs, by miner and task. */
  outcomes(): Promise<Record<string, Record<string, string>>>;
}

export const goodMiner: Pick<MinerOptions, "program" | "answer"> = {
  program: async () => ({ runtime: "python", entry: "main.py", files: { "main.py": "def add(x): ..." } }),
  async *answer({ text }) {
    yield text.split(" ")[0] ?? "";
  },
};

const BLOCK_MS = 1_000;

export async function createHarness(options: HarnessOptions): Promise<Harness> {
  const { roundBlocks = 600 } = options;
  const names = Object.keys(options.miners);
  const world = new World({ seed: options.seed ?? "tiny" });
  const logged: KeptLine[] = [];
  const log = keptLog(logged);
  const chain = createLocalChain({
    clock: world.clock,
    verify: verifySimulated,
    genesis: {
      ...{ seed: "tiny", startAt: world.clock.now(), blockTimeMs: BLOCK_MS, tempo: 60, weightsRateLimit: 10 },
      neurons: ["validator", ...names].map((name, uid) => {
        const { hotkey } = simulatedSigner(name);
        return { hotkey, coldkey: hotkey, stake: uid === 0 ? 5_000 : 0 };
      }),
    },
  });
  const subnet = prepareSubnet(tinySubnet, { params: options.params });
  const ledger = await openLedger(":memory:", { clock: world.clock });
  let validator: HostedNode | undefined;

  for (const name of names) {
    const behaviour = options.miners[name];
    if (behaviour === "offline" || behaviour === undefined) continue;
    world.node(name, async (ports: SimulatedPorts) => {
      const { node } = bootNode({ name, net: "tiny", roles: ["miner"], ports, log });
      const signer = simulatedSigner(name);
      await startRoles(ALL_ROLES, ["miner"], {
        ...{ node, subnet, netuid: 1, chain, signer },
        validator: { roundBlocks },
        miner: behaviour,
      });
      node.ready();
    });
  }
  world.node("validator", async (ports: SimulatedPorts) => {
    const roles = ["sandbox", "scorer", "validator", "weight-setter"] as const;
    const { node } = bootNode({ name: "validator", net: "tiny", roles, ports, log });
    validator = node;
    const backend = createScriptedBackend({
      clock: ports.clock,
      script:
        options.script ??
        ((_, input) => {
          const [a, b] = input as [number, number];
          return { outcome: "ok", output: a + b };
        }),
    });
    await startRoles(ALL_ROLES, roles, {
      ...{ node, subnet, netuid: 1, chain, ledger, signer: simulatedSigner("validator") },
      isolates: { backend, slots: 4 },
      ...(options.tools === undefined ? {} : { tools: options.tools }),
      validator: { roundBlocks, intakePatienceMs: 20_000 },
    });
    node.ready();
  });

  const concluded = async () =>
    (await ledger.read({ limit: 10_000 })).flatMap((event) => bodyOf(event, "job.concluded") ?? []);
  return {
    ...{ world, chain, ledger, logged, concluded },
    validator: () => validator as Node,
    spans: () => validator?.spans() ?? [],
    events: async (type) =>
      (await ledger.read({ limit: 10_000, types: [type] })).map(({ key, body }) => ({ key, body })),
    async outcomes() {
      const seen: Record<string, Record<string, string>> = {};
      for (const { uid, key, outcome } of await concluded()) {
        const name = names[uid - 1] ?? `uid ${uid}`;
        seen[name] = { ...seen[name], [key.task]: outcome };
      }
      return seen;
    },
    async [Symbol.asyncDispose]() {
      world.close();
      await ledger.close();
    },
  };
}
