/** The devnet at full size: a subnet of 256 neurons that pays every ten blocks, made as fast as it goes. */

import { type Devnet, openDevnet } from "../../chain/devnet/devnet.ts";
import { signerFromUri } from "../../chain/keys/index.ts";
import { ChainTypes } from "../../chain/scale/chain-types.ts";
import { encodeSigned, signedPayload } from "../../chain/scale/extrinsic.ts";
import { fromHex } from "../../chain/scale/hex.ts";
import { silentLogger } from "../../cli/terminal/cli-logger.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { atMost, type BenchRow, timed } from "./row.ts";

const NEURONS = 256;
const VALIDATORS = 64;
const TEMPO = 10;
const BLOCKS = 1_000;
const GOAL_MS = 5_000;
const TRANSFERS = 1_000;
const GOAL_TRANSFERS = 250;

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

/** Transfers of one account: signature, validity, fee, dispatch, events, and the block that holds them. */
async function transactionsRow(): Promise<BenchRow> {
  await using devnet = await openDevnet({
    ...{ clock: createSystemClock(), log: silentLogger, genesis: {}, blockTimeMs: "manual" },
  });
  const { node } = devnet;
  const types = ChainTypes.read(node.metadata(15)!);
  const [alice, bob] = [await signerFromUri("//Alice"), await signerFromUri("//Bob")];
  const call = types.call("Balances", "transfer_keep_alive", {
    dest: { type: "Id", value: bob.hotkey },
    value: 1_000n,
  });
  const facts = { ...node.runtimeVersion(), genesisHash: node.genesisHash, birthHash: node.genesisHash };
  const extrinsics: Uint8Array[] = [];
  for (let nonce = 0; nonce < TRANSFERS; nonce++) {
    const extra = { era: undefined, nonce, tip: 0n };
    const signature = fromHex(await alice.sign(signedPayload(call, extra, facts)));
    extrinsics.push(encodeSigned(call, { account: alice.publicKey, signature, extra }));
  }
  const ms = await timed(async () => {
    for (const extrinsic of extrinsics) node.submit(extrinsic);
    await node.advance(1);
  });
  const value = (1_000 * TRANSFERS) / ms;
  const included = (node.block(node.head().hash)?.extrinsics.length ?? 0) - 1;
  return {
    name: `signed transfers from the pool into a block, sr25519 in JavaScript`,
    ...{ value, unit: "/s", floor: null, ratio: null },
    goal: `≥ ${GOAL_TRANSFERS} /s`,
    holds: included === TRANSFERS && value >= GOAL_TRANSFERS,
  };
}

/** Rows of `bun run bench devnet --only blocks`. */
export async function devnetRows(): Promise<BenchRow[]> {
  return [await blocksRow(), await transactionsRow()];
}
