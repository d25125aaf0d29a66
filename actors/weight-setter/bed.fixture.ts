/** Chains to set weights on, and lives of a setter on them. */
import { z } from "zod";
import type { Chain, Signer } from "../../chain/chain.ts";
import { createSubstrateChain } from "../../chain/client/substrate-chain.ts";
import { openDevnet } from "../../chain/devnet/devnet.ts";
import type { DevnetNode } from "../../chain/devnet/node/node.ts";
import { signerFromUri } from "../../chain/keys/index.ts";
import { createLocalChain } from "../../chain/local/local-chain.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Json } from "../../protocol/ids.ts";
import { defineSubnet, programTask } from "../../protocol/subnet.ts";
import { WeightEvidence } from "../../protocol/weights.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { devnetRpc } from "../../test/support/devnet-rpc.ts";
import { type Fuse, Killed, mortal } from "../../test/support/fuse.ts";
import { type ManualClock, manualClock } from "../../test/support/manual-clock.ts";
import { keptLog, keptMetrics } from "../../test/support/quiet.ts";
import { prepareSubnet } from "../loaded-subnet.ts";
import { record } from "../records.ts";
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
export interface Bed {
  chain: Chain;
  signer: Signer;
  miners: string[];
  /** One block. */
  advance(): Promise<void>;
  /** How often weights of the signer were taken: sets, or commits, or reveals. */
  taken(): Promise<number>;
  close(): Promise<void>;
}

export interface Story {
  makeBed(): Promise<Bed>;
  /** Calls that one decision takes. */
  calls: number;
  method: string;
}

export const EPOCH = 3;
const TURNS = 60;

/** Puts a decision on record that waits to be submitted. */
export async function decided(bed: Bed, ledger: Ledger, epoch = EPOCH): Promise<void> {
  const { hotkey } = bed.signer;
  const evidence = WeightEvidence.parse({
    ...{ subnet: "tiny", netuid: 1, epoch, round: epoch, hotkey, at: 0, signature: "0x" },
    vector: { uids: [1, 2], values: [20_000, 65_535] },
    hotkeys: bed.miners,
    ledger: { seq: 1, hash: "0".repeat(64) },
    metagraph: { block: 1, hash: "0x" },
  });
  const kind = effectKind(1, hotkey);
  await ledger.append([record("tiny", "weights.decided", evidence)], {
    effects: [{ id: `${kind}/${epoch}`, kind, body: evidence as Json }],
  });
}

/** A setter in one of its lives, turn by turn. */
export function setterOn(bed: Bed, ledger: Ledger, fuse: Fuse, token: number) {
  const log = keptLog();
  const metrics = keptMetrics();
  const options = {
    ...{ subnet, netuid: 1, signer: bed.signer, versionKey: 1 },
    ledger: mortal(ledger, fuse),
    chain: mortal(bed.chain, fuse),
    node: { rng: createSeededRng(token), log, metrics },
  };
  return {
    ...{ log, metrics },
    turn: () => submitPending(options, { key: "lease", token }, new AbortController().signal),
  };
}

/** One life of a setter: turns until nothing is left to do, or until it is killed. */
export async function live(bed: Bed, ledger: Ledger, fuse: Fuse, token: number): Promise<void> {
  const setter = setterOn(bed, ledger, fuse, token);
  for (let turn = 0; turn < TURNS; turn++) {
    await setter.turn();
    if (fuse.burnt) throw new Killed(fuse.where);
    const left = await ledger.effects({ limit: 1 });
    if (left.length === 0) return;
    await bed.advance();
  }
  throw new Error(`it was not done after ${TURNS} blocks`);
}

export async function localBed(): Promise<Bed> {
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
export function devnetStory(
  method: string,
  calls: number,
  genesis: { commitReveal: boolean; beacon: "own" | "quicknet" },
): Omit<Story, "makeBed"> & { makeBed(): Promise<Bed & { node: DevnetNode }> } {
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
  const makeBed = async () => {
    opened ??= open();
    const { node, snapshot, clock } = await opened;
    node.restore(snapshot);
    const [signer, ...miners] = await Promise.all(names.map((name) => signerFromUri(name)));
    if (signer === undefined) throw new Error("there is one");
    const { publicKey } = signer;
    return {
      node,
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
