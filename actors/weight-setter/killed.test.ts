/** A setter that is killed at every single step in turn: the weights are set, and set once. */
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import type { Chain, Signer } from "../../chain/chain.ts";
import { createSubstrateChain } from "../../chain/client/substrate-chain.ts";
import { openDevnet } from "../../chain/devnet/devnet.ts";
import type { DevnetNode } from "../../chain/devnet/node/node.ts";
import { signerFromUri } from "../../chain/keys/index.ts";
import { createLocalChain } from "../../chain/local/local-chain.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { openLedger } from "../../ledger/open.ts";
import type { Json } from "../../protocol/ids.ts";
import { defineSubnet, programTask } from "../../protocol/subnet.ts";
import { WeightEvidence } from "../../protocol/weights.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { devnetRpc } from "../../test/support/devnet-rpc.ts";
import { Fuse, Killed, mortal } from "../../test/support/fuse.ts";
import { type ManualClock, manualClock } from "../../test/support/manual-clock.ts";
import { keptLog, keptMetrics } from "../../test/support/quiet.ts";
import { prepareSubnet } from "../loaded-subnet.ts";
import { bodyOf, record } from "../records.ts";
import { simulatedSigner, verifySimulated } from "../simulation/keys.ts";
import { effectKind } from "./options.ts";
import { submitPending } from "./submit-pending.ts";

const subnet = prepareSubnet(
  defineSubnet({
    name: "tiny",
    version: 1,
    summary: "",
    params: z.object({}),
    kinds: {
      k: programTask({
        public: z.object({}),
        sealed: z.object({}),
        run: () => ({ cases: [] }),
        score: () => ({ outcome: "ok", accuracy: 1, reward: 1 }),
      }),
    },
    draw: () => [],
    rank: (previous) => previous,
    weigh: () => new Map(),
  }),
);

/** A chain to set weights on, as it was at the beginning. */
interface Bed {
  chain: Chain;
  signer: Signer;
  miners: string[];
  /** One block. */
  advance(): Promise<void>;
  /** How often weights of the signer were taken: sets, or commits, or reveals. */
  taken(): Promise<number>;
  close(): Promise<void>;
}

interface Story {
  makeBed(): Promise<Bed>;
  /** Calls that one decision takes. */
  calls: number;
  method: string;
}

const EPOCH = 3;
const TURNS = 60;

async function decided(bed: Bed, ledger: Ledger): Promise<void> {
  const { hotkey } = bed.signer;
  const evidence = WeightEvidence.parse({
    ...{ subnet: "tiny", netuid: 1, epoch: EPOCH, round: 7, hotkey, at: 0, signature: "0x" },
    vector: { uids: [1, 2], values: [20_000, 65_535] },
    hotkeys: bed.miners,
    ledger: { seq: 1, hash: "0".repeat(64) },
    metagraph: { block: 1, hash: "0x" },
  });
  const kind = effectKind(1, hotkey);
  await ledger.append([record("tiny", "weights.decided", evidence)], {
    effects: [{ id: `${kind}/${EPOCH}`, kind, body: evidence as Json }],
  });
}

/** One life of a setter: turns until nothing is left to do, or until it is killed. */
async function live(bed: Bed, ledger: Ledger, fuse: Fuse, token: number): Promise<void> {
  const options = {
    ...{ subnet, netuid: 1, signer: bed.signer, versionKey: 1 },
    ledger: mortal(ledger, fuse),
    chain: mortal(bed.chain, fuse),
    node: { rng: createSeededRng(token), log: keptLog(), metrics: keptMetrics() },
  };
  for (let turn = 0; turn < TURNS; turn++) {
    await submitPending(options, { key: "lease", token }, new AbortController().signal);
    // What a dead process would still have done it did not do: its failures are its own.
    if (fuse.burnt) throw new Killed(fuse.where);
    const left = await ledger.effects({ limit: 1 });
    if (left.length === 0) return;
    await bed.advance();
  }
  throw new Error(`it was not done after ${TURNS} blocks`);
}

async function lives(story: Story, at: number): Promise<{ places: number; killedAt: string | undefined }> {
  const bed = await story.makeBed();
  const ledger = await openLedger(":memory:", { clock: manualClock() });
  try {
    await decided(bed, ledger);
    const fuse = new Fuse(at);
    await live(bed, ledger, fuse, 1).catch(async (thrown: unknown) => {
      if (!fuse.burnt) throw thrown;
      await bed.advance();
      await live(bed, ledger, new Fuse(Number.POSITIVE_INFINITY), 2);
    });
    const events = await ledger.read();
    const types = events.map(({ type }) => type);
    const refused = events.find(({ type }) => type === "weights.refused");
    const set = events.find(({ type }) => type === "weights.set");
    const seen = {
      set: types.filter((type) => type === "weights.set").length,
      refused: refused === undefined ? undefined : bodyOf(refused, "weights.refused")?.reason,
      taken: await bed.taken(),
      method: set === undefined ? undefined : bodyOf(set, "weights.set")?.method,
      row: (await bed.chain.weights.row({ netuid: 1, uid: 0 })).row,
    };
    expect<object>({ at, where: fuse.where, ...seen }).toEqual({
      ...{ at, where: fuse.where, set: 1, refused: undefined, taken: story.calls, method: story.method },
      row: { uids: [1, 2], values: [20_000, 65_535] },
    });
    return { places: fuse.passed, killedAt: fuse.where };
  } finally {
    await ledger.close();
    await bed.close();
  }
}

async function localBed(): Promise<Bed> {
  const clock: ManualClock = manualClock(0);
  const names = ["validator", "good", "better"];
  const signer = simulatedSigner("validator");
  const chain = createLocalChain({
    clock,
    verify: verifySimulated,
    genesis: {
      ...{ seed: "killed", startAt: 0, blockTimeMs: 1_000, tempo: 10, weightsRateLimit: 5 },
      neurons: names.map((name, uid) => {
        const { hotkey } = simulatedSigner(name);
        return { hotkey, coldkey: hotkey, stake: uid === 0 ? 5_000 : 0 };
      }),
    },
  });
  await clock.advance(20_000);
  return {
    ...{ chain, signer, miners: names.slice(1).map((name) => simulatedSigner(name).hotkey) },
    advance: () => clock.advance(1_000),
    taken: async () => chain.takenFrom(signer.hotkey).length,
    close: async () => {},
  };
}

/** One devnet for many lives: each begins at the same snapshot of it. */
function devnetStory(
  method: string,
  calls: number,
  genesis: { commitReveal: boolean; beacon: "own" | "quicknet" },
): Story {
  let opened: Promise<{ node: DevnetNode; snapshot: string; clock: ManualClock }> | undefined;
  const names = ["//Validator//hot", "//Good", "//Better"];
  const open = async () => {
    const clock = manualClock();
    const { node } = await openDevnet({
      ...{ clock, log: keptLog(), blockTimeMs: "manual" },
      genesis: {
        ...{ startAt: clock.now(), beacon: genesis.beacon, blockTimeMs: 12_000 },
        subnets: [
          {
            ...{ netuid: 1, owner: "//Owner", tempo: 4, weightsRateLimit: 3 },
            commitReveal: genesis.commitReveal,
            neurons: names.map((hotkey, uid) => ({
              hotkey,
              coldkey: "//Cold",
              stakeTao: uid === 0 ? 1_000 : 0,
            })),
          },
        ],
      },
    });
    await node.advance(21);
    await clock.advance(200);
    return { node, snapshot: node.snapshot(), clock };
  };
  const makeBed = async (): Promise<Bed> => {
    opened ??= open();
    const { node, snapshot, clock } = await opened;
    node.restore(snapshot);
    const [signer, ...miners] = await Promise.all(names.map((name) => signerFromUri(name)));
    if (signer === undefined) throw new Error("there is one");
    const { publicKey } = signer;
    return {
      chain: createSubstrateChain({ rpc: devnetRpc(node) }),
      ...{ signer, miners: miners.map(({ hotkey }) => hotkey) },
      async advance() {
        await node.advance(1);
        // Finality comes a little later.
        await clock.advance(200);
      },
      taken: async () => node.nextNonce(publicKey),
      close: async () => {},
    };
  };
  return { makeBed, calls, method };
}

const STORIES: Record<string, Story> = {
  "on a local chain": { makeBed: localBed, calls: 1, method: "set" },
  "on a devnet, in the open": devnetStory("set", 1, { commitReveal: false, beacon: "own" }),
  "on a devnet, by hash commit": devnetStory("hash", 2, { commitReveal: true, beacon: "quicknet" }),
  "on a devnet, by timelocked commit": devnetStory("timelock", 1, { commitReveal: true, beacon: "own" }),
};

describe.each(Object.entries(STORIES))("%s", (_, story) => {
  test("killed at any step, a setter neither loses nor doubles its weights", async () => {
    const whole = await lives(story, Number.POSITIVE_INFINITY);
    expect(whole.places).toBeGreaterThan(20);
    const seen = new Set<string>();
    for (let at = 0; at < whole.places; at++) seen.add((await lives(story, at)).killedAt ?? "");
    for (const step of ["append", "effectDone", "weights.send", "weights.sign"]) {
      expect([...seen]).toContain(`before ${step}`);
      expect([...seen]).toContain(`after ${step}`);
    }
    for (const step of ["get", "weights.rules", "weights.fate", "weights.row", "metagraph"]) {
      expect([...seen]).toContain(`before ${step}`);
    }
  }, 120_000);
});
