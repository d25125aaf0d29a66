import { expect, test } from "bun:test";
import { createLocalChain } from "../../chain/local/local-chain.ts";

import { openLedger } from "../../ledger/open.ts";
import type { Role } from "../../protocol/role.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createMemoryNetwork } from "../../runtime/transport/memory.ts";
import { createScriptedBackend } from "../../sandbox/scripted.ts";
import { longcontext } from "../../subnets/longcontext/index.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { bootNode } from "../boot-node.ts";
import { prepareSubnet } from "../loaded-subnet.ts";
import { startMiner } from "../miner/miner.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { startScorer } from "../scorer/scorer.ts";
import { simulatedSigner } from "../simulation/keys.ts";
import { startValidator } from "./validator.ts";

const TASKS = 3;

/** One miner's programs, in one process; a part of it can be stopped and started while the rest goes on. */
async function world() {
  const clock = createSystemClock();
  const rng = createSystemRng();
  const [validator, miner] = [simulatedSigner("validator"), simulatedSigner("miner")];
  const neuron = ({ hotkey }: { hotkey: string }, stake: number) => ({ hotkey, coldkey: hotkey, stake });
  const genesis = { seed: "s", startAt: clock.now(), neurons: [neuron(validator, 10_000), neuron(miner, 0)] };
  const chain = createLocalChain({ genesis, clock });
  const network = createMemoryNetwork({ clock });
  const ledger = await openLedger(":memory:", { clock });
  const subnet = prepareSubnet(longcontext, {
    params: { codeTasks: TASKS, codeTests: 1, readingTokens: [] },
  });
  const blobs = createMemoryBlobs();
  const boot = (name: string, roles: readonly Role[]) => {
    const transport = network.connect({ name });
    const ports = {
      clock,
      rng,
      transport,
      blobs,
      store: createMemoryStore(),
      spawn: createBunSpawn({ clock }),
    };
    return bootNode({ name, net: "t", roles, ports, log: keptLog() }).node;
  };
  const program = { runtime: "python" as const, entry: "a.py", files: { "a.py": "def solve(x): return x" } };
  const mining = boot("miner", ["miner"]);
  await startMiner({ node: mining, uid: 1, program: async () => program });
  const closed = async () => (await ledger.read({ types: ["round.closed"] })).length;
  return {
    ledger,
    closed,
    async validate() {
      const node = boot("validator", ["validator"]);
      await startValidator({
        ...{ node, subnet, ledger, chain, netuid: 1, uid: 0 },
        roundBlocks: 1_000,
        rounds: 1,
      });
      return node;
    },
    /** Isolates that finish when they are let. */
    async isolate(finish: Promise<void>) {
      const node = boot("sandbox", ["sandbox"]);
      const scripted = createScriptedBackend({ clock, script: () => ({ outcome: "ok", output: 1 }) });
      let begun = 0;
      const backend = {
        ...scripted,
        run: async (...args: Parameters<typeof scripted.run>) => {
          begun++;
          await finish;
          return scripted.run(...args);
        },
      };
      await startSandbox({ node, backend, slots: TASKS });
      return { node, begun: () => begun };
    },
    async score() {
      const node = boot("scorer", ["scorer"]);
      await startScorer({ node, subnet, ledger });
      return node;
    },
    mining,
  };
}

const holds = async (condition: () => boolean | Promise<boolean>) => {
  for (const until = performance.now() + 10_000; !(await condition()); await Bun.sleep(5)) {
    if (performance.now() > until) throw new Error("waited 10 s in vain");
  }
};

test("a validator that is stopped in the middle of a round leaves it open, and one that starts again closes it", async () => {
  const there = await world();
  const finish = Promise.withResolvers<void>();
  const sandbox = await there.isolate(finish.promise);
  const scorer = await there.score();
  const first = await there.validate();
  await holds(() => sandbox.begun() === TASKS);
  expect((await first.drain()).clean).toBe(true);
  expect(await there.closed()).toBe(0);

  const second = await there.validate();
  finish.resolve();
  await holds(async () => (await there.closed()) === 1);
  const concluded = await there.ledger.read({ types: ["job.concluded"] });
  expect(concluded.length).toBe(TASKS);
  await Promise.all([second, scorer, sandbox.node, there.mining].map((node) => node.drain()));
});

test("results that come while no validator is there are taken when its round is open again", async () => {
  const there = await world();
  const finish = Promise.withResolvers<void>();
  const sandbox = await there.isolate(finish.promise);
  const first = await there.validate();
  await holds(() => sandbox.begun() === TASKS);
  await first.drain();
  finish.resolve();
  // A clean drain: every result is in the validator's queue now.
  expect((await sandbox.node.drain()).clean).toBe(true);

  const scorer = await there.score();
  const second = await there.validate();
  await holds(async () => (await there.closed()) === 1);
  expect((await there.ledger.read({ types: ["job.concluded"] })).length).toBe(TASKS);
  await Promise.all([second, scorer, there.mining].map((node) => node.drain()));
});
