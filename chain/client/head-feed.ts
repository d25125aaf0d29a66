/** Where the chain stands, told by the node instead of asked for: public endpoints count every question. */
import type { ChainHead } from "../../protocol/services/chain.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { hashHeader } from "../scale/header.ts";
import type { Hex } from "../scale/hex.ts";
import type { Connection } from "./connection/connection.ts";
import { RpcHeader } from "./connection/header.ts";
import { bestHead, finalizedHead } from "./heads.ts";
import type { Rpc } from "./rpc.ts";

export interface Heads {
  /** The newest block, which may yet be taken back. */
  best(): Promise<ChainHead>;
  /** The newest block that finality has reached. */
  finalized(): Promise<ChainHead>;
}

/** Asks each time. */
export const askedHeads = (rpc: Rpc): Heads => ({
  best: () => bestHead(rpc),
  finalized: () => finalizedHead(rpc),
});

/** What was told is believed for this long; then the node is asked, as it is before it told anything. */
const FRESH_MS = 30_000;

/** Follows the heads of a connection; what it tells is at most as old as the node's own word. */
export function followedHeads(connection: Connection, clock: Clock): Heads {
  const asked = askedHeads(connection);
  const told: { best?: Told; finalized?: Told } = {};
  const keep = (which: "best" | "finalized", header: RpcHeader) => {
    told[which] = { head: headOf(header), at: clock.monotonic() };
  };
  connection.onHead((header) => keep("best", header));
  connection
    .subscribe(
      {
        method: "chain_subscribeFinalizedHeads",
        unsubscribe: "chain_unsubscribeFinalizedHeads",
        item(item) {
          const header = RpcHeader.safeParse(item);
          if (header.success) keep("finalized", header.data);
        },
      },
      { deadlineMs: SUBSCRIBE_MS },
    )
    // Without it the node is asked.
    .catch(() => {});
  const fresh = (which: "best" | "finalized") => {
    const known = told[which];
    // While nobody is connected nobody tells, and whoever asks shall wait.
    if (connection.node === undefined) return undefined;
    return known !== undefined && clock.monotonic() - known.at < FRESH_MS ? known.head : undefined;
  };
  return {
    best: async () => fresh("best") ?? asked.best(),
    finalized: async () => fresh("finalized") ?? asked.finalized(),
  };
}

interface Told {
  head: ChainHead;
  at: number;
}

const SUBSCRIBE_MS = 600_000;

/** A header does not name its hash: it is the blake2-256 of its SCALE. */
function headOf({ parentHash, number, stateRoot, extrinsicsRoot, digest }: RpcHeader): ChainHead {
  const header = {
    parentHash: parentHash as Hex,
    number,
    stateRoot: stateRoot as Hex,
    extrinsicsRoot: extrinsicsRoot as Hex,
    digest: { logs: digest.logs as Hex[] },
  };
  return { block: number, hash: hashHeader(header) };
}
