/** The cast of `npm start`: one operator, five miners, a chain of their own. */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Signer } from "../../chain/chain.ts";
import { signerFromUri } from "../../chain/keys/index.ts";
import { Genesis } from "../../chain/local/genesis.ts";

export const DEMO_MINERS = ["good", "sloppy", "crash", "loop", "cheat"] as const;
export type DemoMiner = (typeof DEMO_MINERS)[number];

/** Rounds follow each other quickly, so that there is something to watch. */
export const DEMO_ROUND_BLOCKS = 20;
const CHAIN = { blockTimeMs: 1_000, tempo: 10, weightsRateLimit: 5 };

export interface DemoWorld {
  genesis: Genesis;
  validator: Signer;
  miners: { name: DemoMiner; signer: Signer; uid: number }[];
}

/** Keys derive from names; the chain's start is kept in `folder`, so that a later start goes on with the same chain. */
export async function demoWorld(options: { folder: string; now: number; seed: string }): Promise<DemoWorld> {
  const validator = await signerFromUri("//Orrery//validator");
  const miners = await Promise.all(
    DEMO_MINERS.map(async (name, i) => ({
      name,
      uid: i + 1,
      signer: await signerFromUri(`//Orrery//miner//${name}`),
    })),
  );
  const fresh = Genesis.parse({
    ...CHAIN,
    seed: createHash("sha256").update(options.seed).digest("hex"),
    startAt: options.now,
    neurons: [
      { hotkey: validator.hotkey, coldkey: validator.hotkey, stake: 10_000 },
      ...miners.map(({ signer }) => ({ hotkey: signer.hotkey, coldkey: signer.hotkey })),
    ],
  });
  await mkdir(options.folder, { recursive: true });
  const file = Bun.file(join(options.folder, "genesis.json"));
  const kept = (await file.exists())
    ? Genesis.safeParse(await file.json().catch(() => undefined))
    : undefined;
  const genesis =
    kept?.success && kept.data.seed === fresh.seed ? { ...fresh, startAt: kept.data.startAt } : fresh;
  await Bun.write(file, `${JSON.stringify(genesis, null, 2)}\n`);
  return { genesis, validator, miners };
}
