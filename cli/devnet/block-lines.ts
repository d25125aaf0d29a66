/** A line a block for people: empty blocks redraw theirs, blocks with extrinsics keep it. */
import pc from "picocolors";
import type { DevnetNode } from "../../chain/devnet/node/node.ts";

/** The timestamp, which every block carries. */
const INHERENTS = 1;

/** Writes to standard error from now on; returns how to stop. */
export function showBlocks(node: DevnetNode): () => void {
  const { blockTimeMs } = node.info();
  const pace = blockTimeMs === null ? "on devnet_advance" : `every ${blockTimeMs} ms`;
  process.stderr.write(`${pc.dim(`blocks ${pace}; Ctrl+C ends it; docs/devnet.md tells more`)}\n`);
  let redraw = false;
  const end = node.onHead(({ number, hash }) => {
    const count = (node.block(hash)?.extrinsics.length ?? INHERENTS) - INHERENTS;
    const extrinsics = count === 0 ? pc.dim("empty") : `${count} extrinsic${count === 1 ? "" : "s"}`;
    const line = `block ${String(number).padStart(6)}  ${pc.dim(hash.slice(0, 14))}  ${extrinsics}`;
    process.stderr.write(`${redraw ? "\r\x1b[K" : ""}${line}${count === 0 ? "" : "\n"}`);
    redraw = count === 0;
  });
  return () => {
    end();
    if (redraw) process.stderr.write("\n");
  };
}
