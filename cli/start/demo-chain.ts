/** The devnet of `npm start`, in this process: kept in a file beside the ledger, so that both go on together. */
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Chain } from "../../chain/chain.ts";
import { openChain } from "../../chain/client/open-chain.ts";
import { type Devnet, openDevnet } from "../../chain/devnet/devnet.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import type { Metrics } from "../../runtime/observe/metrics.ts";
import type { Clock, Rng } from "../../runtime/ports/index.ts";
import { createDial } from "../../runtime/ports/web-socket.ts";
import { readStateFile, writeStateFile } from "../devnet/files.ts";

export interface DemoChainOptions {
  folder: string;
  /** Path of the ledger, which is of this chain or of none. */
  ledger: string;
  genesis: unknown;
  clock: Clock;
  rng: Rng;
  log: Logger;
  metrics: Metrics;
  /** Told what was put aside, and where. */
  tell: (line: string) => void;
}

export interface DemoChain {
  chain: Chain;
  /** Where any client of Bittensor can connect. */
  url: string;
  close(): Promise<void>;
}

/** A crash takes no more blocks back than these milliseconds hold. */
const SAVE_EVERY_MS = 5_000;

export async function openDemoChain(options: DemoChainOptions): Promise<DemoChain> {
  const { folder, clock, rng, log, metrics } = options;
  await mkdir(folder, { recursive: true });
  const file = join(folder, "devnet.state");
  const devnet = await openOrBegin(options, file);
  let saving = Promise.resolve();
  const save = (): Promise<void> => {
    saving = saving.then(() => writeStateFile(file, devnet.node.save()));
    return saving;
  };
  await save();
  const timer = clock.every(SAVE_EVERY_MS, () => {
    save().catch((thrown: unknown) =>
      log.error("the devnet cannot be saved", { error: Failure.from(thrown) }),
    );
  });
  const url = devnet.url ?? "";
  const { chain } = openChain({ network: url, dial: createDial(), clock, rng, log, metrics });
  return {
    ...{ chain, url },
    async close() {
      timer.cancel();
      await chain.close();
      await save();
      await devnet.close();
    },
  };
}

/** Goes on with the chain that was saved; one of another release, and a ledger without its chain, are put aside. */
async function openOrBegin(options: DemoChainOptions, file: string): Promise<Devnet> {
  const { genesis, ledger, clock, log } = options;
  const open = (state?: Uint8Array) => openDevnet({ clock, log, genesis, state, listen: { port: 0 } });
  const saved = await readStateFile(file);
  if (saved !== undefined) {
    try {
      return await open(saved);
    } catch (thrown) {
      if (Failure.from(thrown).code !== "config") throw thrown;
    }
  }
  await putAside(options, [file, ledger, `${ledger}-wal`, `${ledger}-shm`]);
  return open();
}

async function putAside({ clock, tell, ledger }: DemoChainOptions, files: readonly string[]): Promise<void> {
  const there = files.filter((file) => existsSync(file));
  if (there.length === 0) return;
  const stamp = new Date(clock.now()).toISOString().replace(/[:.]/g, "-");
  for (const file of there) await rename(file, file.replace(/(\.[a-z-]+)$/, `.${stamp}$1`));
  tell(`A ledger of another chain was put aside beside ${ledger}; a new chain begins.`);
}
