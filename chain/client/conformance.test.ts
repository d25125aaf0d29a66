/** The client over the real chain's own metadata: what it reads and signs is told by that, not by ours. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { devnetRpc } from "../../test/support/devnet-rpc.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { openDevnet } from "../devnet/devnet.ts";
import { signerFromUri } from "../keys/index.ts";
import { fromHex } from "../scale/hex.ts";
import { createSubstrateChain } from "./substrate-chain.ts";

const REAL = join(import.meta.dir, "../../../shared/chain/subtensor-spec424.v15.hex");

test.skipIf(!existsSync(REAL))(
  "spec 424 as the main network serves it: read, planned, signed, found, read back",
  async () => {
    const clock = manualClock();
    const { node } = await openDevnet({
      ...{
        clock,
        log: keptLog(),
        blockTimeMs: "manual",
        metadata: fromHex(readFileSync(REAL, "utf8").trim()),
      },
      genesis: {
        ...{ startAt: clock.now(), blockTimeMs: 12_000 },
        subnets: [
          {
            ...{ netuid: 1, owner: "//Owner", tempo: 10, weightsRateLimit: 5, commitReveal: true },
            neurons: [
              { hotkey: "//Validator", coldkey: "//Cold", stakeTao: 1_000 },
              { hotkey: "//Miner", coldkey: "//Cold" },
            ],
          },
        ],
      },
    });
    await node.advance(21);
    await clock.advance(200);
    const chain = createSubstrateChain({ rpc: devnetRpc(node) });
    const signer = await signerFromUri("//Validator");
    expect((await chain.metagraph(1)).neurons).toHaveLength(2);
    expect(await chain.weights.rules({ netuid: 1, hotkey: signer.hotkey })).toMatchObject({
      ...{ exists: true, permit: true, commitReveal: { version: 4, beacon: { periodMs: 3_000 } } },
    });
    expect(await chain.forecast?.(1)).toHaveLength(1);
    const hash = `0x${"5a".repeat(32)}`;
    const signed = await chain.weights.sign({ netuid: 1, call: { kind: "commit", hash }, signer });
    await chain.weights.send(signed);
    await node.advance(1);
    await clock.advance(200);
    expect(await chain.weights.fate(signed)).toMatchObject({ state: "included", verdict: "ok" });
    expect(await chain.weights.commits({ netuid: 1, hotkey: signer.hotkey })).toMatchObject([
      { kind: "commit", hash },
    ]);
  },
);
