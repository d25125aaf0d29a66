/** Whatever is signed, nothing ends in an exception, and the chain goes on. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Failure } from "../../../protocol/failure.ts";
import { VirtualClock } from "../../../runtime/simulation/virtual-clock.ts";
import { keyFromUri } from "../../keys/index.ts";
import { encodeSigned, signedPayload } from "../../scale/extrinsic.ts";
import { fromHex, toHex } from "../../scale/hex.ts";
import { readGenesis } from "../genesis/genesis.ts";
import { keysOf } from "../genesis/keys.ts";
import { RandomValues } from "../random-values.fixture.ts";
import { subtensorRuntime } from "../subtensor-runtime.ts";
import { createDevnetNode } from "./devnet-node.ts";
import type { DevnetNode } from "./node.ts";
import { PoolRefusal } from "./pool-refusal.ts";

const CALLS_A_CHAIN = 60;
/** Pallet and call of `Sudo.sudo`. */
const SUDO = [12, 0];
const NAMES = [
  "//Alice",
  "//Bob",
  "//Val",
  "//Miner",
  "//Val/hot",
  "//Miner/hot",
  "//Alice/hot",
  "//Stranger",
];

const genesis = readGenesis({
  accounts: NAMES.map((uri) => ({ uri, tao: 100_000 })),
  subnets: [1, 2].map((netuid) => ({
    ...{ netuid, owner: "//Alice", tempo: 5, weightsRateLimit: 0, maxUids: 6 },
    neurons: [
      { hotkey: "//Val/hot", coldkey: "//Val", stakeTao: 1_000, weights: { "1": 65_535 } },
      { hotkey: "//Miner/hot", coldkey: "//Miner" },
      { hotkey: "//Alice/hot", coldkey: "//Alice", stakeTao: 10 },
    ],
  })),
});
const named = await keysOf(genesis);
const signers = await Promise.all(NAMES.map(async (name) => (await keyFromUri(name)).keypair));
const runtime = subtensorRuntime({ genesis, keys: named, slotMs: 250 });
const accounts = signers.map(({ publicKey }) => toHex(publicKey));

async function startNode() {
  const defects: Failure[] = [];
  const clock = new VirtualClock();
  const node = await createDevnetNode({
    ...{ runtime, clock, slotMs: 250, manual: true, startMs: 1_750_000_000_000 },
    onDefect: (failure) => defects.push(failure),
  });
  return { node, defects };
}

/** Gives the second node what is in the first one's blocks, block by block. */
async function replay(from: DevnetNode, to: DevnetNode): Promise<void> {
  for (let number = 1; number <= from.head().number; number++) {
    const [, ...signed] = from.block(from.hashOf(number)!)!.extrinsics;
    for (const extrinsic of signed) to.submit(extrinsic);
    await to.advance(1);
  }
}

test("random calls, by anybody and by sudo, end in no defect, and the same again give the same chain", async () => {
  // A node puts the runtime's call together; before, nobody knows what is a call.
  (await startNode()).node.stop();
  const call = new RandomValues(accounts).of(runtime.runtimeCall.shape);
  const calls = fc.array(fc.record({ call, by: fc.nat(signers.length - 1), isSudo: fc.boolean() }), {
    minLength: CALLS_A_CHAIN,
    maxLength: CALLS_A_CHAIN,
  });
  await fc.assert(
    fc.asyncProperty(calls, async (drawn) => {
      const { node, defects } = await startNode();
      for (const { call, by, isSudo } of drawn) {
        const signer = signers[isSudo ? 0 : by]!;
        const bytes = isSudo ? Uint8Array.of(...SUDO, ...call) : call;
        const extra = { era: undefined, nonce: node.nextNonce(signer.publicKey), tip: 0n };
        const facts = {
          ...node.runtimeVersion(),
          genesisHash: node.genesisHash,
          birthHash: node.genesisHash,
        };
        const signature = fromHex(await signer.sign(signedPayload(bytes, extra, facts)));
        try {
          node.submit(encodeSigned(bytes, { account: signer.publicKey, signature, extra }));
        } catch (error) {
          // Refused: then for a reason with a number, like every refusal.
          expect(error).toBeInstanceOf(PoolRefusal);
        }
        await node.advance(1);
      }
      expect(defects.map((defect) => defect.toLine())).toEqual([]);
      expect(node.head().number).toBe(CALLS_A_CHAIN);
      const { node: again } = await startNode();
      await replay(node, again);
      expect(again.head().hash).toBe(node.head().hash);
    }),
    { numRuns: 6 },
  );
}, 60_000);
