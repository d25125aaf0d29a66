/** A whole devnet: the subtensor runtime on a node, and its front when somebody is to connect. */
import type { Logger } from "../../runtime/observe/logger.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { readGenesis } from "./genesis/genesis.ts";
import { keysOf } from "./genesis/keys.ts";
import { createDevnetNode } from "./node/devnet-node.ts";
import type { DevnetNode } from "./node/node.ts";
import { type Front, serveDevnet } from "./rpc/front.ts";
import { subtensorRuntime } from "./subtensor-runtime.ts";

export interface OpenDevnet {
  clock: Clock;
  log: Logger;
  /** What `genesis.json` holds (docs/devnet.md); `{}` has six funded accounts and no subnet. */
  genesis: unknown;
  /** Milliseconds, in place of the genesis'; `"manual"` makes blocks on `advance` only. */
  blockTimeMs?: number | "manual" | undefined;
  /** Metadata to serve in place of the devnet's own. */
  metadata?: Uint8Array | undefined;
  /** What `node.save()` gave: goes on from there. */
  state?: Uint8Array | undefined;
  /** Where to listen; nobody can connect without. */
  listen?: { port: number; hostname?: string } | undefined;
}

export interface Devnet extends AsyncDisposable {
  readonly node: DevnetNode;
  /** `ws://127.0.0.1:9944`, when it listens. */
  readonly url: string | undefined;
  /** Stops its clock, ends its connections and frees its port. */
  close(): Promise<void>;
}

/** Opens a devnet. Fails with `config` and one line for a bad genesis, bad metadata, another chain's state or a taken port. */
export async function openDevnet(options: OpenDevnet): Promise<Devnet> {
  const { clock, log, blockTimeMs, metadata, state, listen } = options;
  const genesis = readGenesis(options.genesis);
  const slotMs = typeof blockTimeMs === "number" ? blockTimeMs : genesis.blockTimeMs;
  const node = await createDevnetNode({
    runtime: subtensorRuntime({ genesis, keys: await keysOf(genesis), slotMs }),
    ...{ clock, slotMs, manual: blockTimeMs === "manual" },
    ...{ startMs: genesis.startAt, metadataFile: metadata, saved: state },
    onDefect: (error) => log.error("the devnet has a defect", { error }),
  });
  let front: Front | undefined;
  if (listen !== undefined) front = serveDevnet({ node, log, ...listen });
  node.start();
  const close = async () => {
    node.stop();
    await front?.close();
  };
  return { node, url: front?.url, close, [Symbol.asyncDispose]: close };
}
