/** The devnet at full size: a subnet of 256 neurons that pays every ten blocks, made as fast as it goes. */

import { type Devnet, openDevnet } from "../../chain/devnet/devnet.ts";
import { silentLogger } from "../../cli/terminal/cli-logger.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { atMost, type BenchRow, timed } from "./row.ts";

const NEURONS = 256;
const VALIDATORS = 64;
const TEMPO = 10;
const BLOCKS = 1_000;
const GOAL_MS = 5_000;

/** 64 validators, each with stake and weights on all 192 miners. */
function fullSubnet() {
  const neurons = Array.from({ length: NEURONS }, (_, uid) => {
    const hotkey = `//Neuron${uid}`;
    if (uid >= VALIDATORS) return { hotkey, coldkey: "//Miners" };
    const weights = Object.fromEntries(
      Array.from({ length: NEURONS - VALIDATORS }, (_, miner) => [
        String(VALIDATORS + miner),
        1_000 + ((uid * 31 + miner * 17) % 5_000),
      ]),
    );
    return { hotkey, coldkey: `//Validator${uid}`, stakeTao: 1_000 + uid, weights };
  });
  // So that the validators, who set their weights once, stay active to the end.
  const hyperparameters = { activity_cutoff_factor: 1_000_000 };
  return { netuid: 1, owner: "//Alice", tempo: TEMPO, maxUids: NEURONS, neurons, hyperparameters };
}

const open = (): Promise<Devnet> =>
  openDevnet({
    ...{ clock: createSystemClock(), log: silentLogger },
    genesis: { subnets: [fullSubnet()] },
    blockTimeMs: "manual",
  });

async function blocksRow(): Promise<BenchRow> {
  await using devnet = await open();
  const ms = await timed(() => devnet.node.advance(BLOCKS));
  return atMost(
    `${BLOCKS} blocks with ${NEURONS} neurons and an epoch every ${TEMPO}, manual mode`,
    ms,
    GOAL_MS,
  );
}

/** Rows of `bun run bench devnet --only blocks`. */
export async function devnetRows(): Promise<BenchRow[]> {
  return [await blocksRow()];
}
