/** A subnet's metagraph as blocks go by, with what happened in between. */
import { Failure } from "../protocol/failure.ts";
import type { Metagraph } from "../protocol/metagraph.ts";
import type { Clock } from "../runtime/ports/index.ts";
import type { Chain } from "./chain.ts";
import { type MetagraphChange, metagraphChanges } from "./metagraph-changes.ts";

export interface FollowMetagraphOptions {
  chain: Pick<Chain, "metagraph" | "params">;
  netuid: number;
  clock: Clock;
  signal: AbortSignal;
  /** Told when the chain cannot be asked; it is asked again with the next block. */
  away?: (failure: Failure) => void;
}

export interface MetagraphStep {
  metagraph: Metagraph;
  /** Since the step before; none in the first. */
  changes: MetagraphChange[];
}

/** Looks once a block, and yields when the block is another; a chain that is away is waited for. Ends with the signal. */
export async function* followMetagraph(options: FollowMetagraphOptions): AsyncGenerator<MetagraphStep> {
  const { chain, netuid, clock, signal, away } = options;
  let last: Metagraph | undefined;
  let everyMs = LONGEST_WAIT_MS;
  while (!signal.aborted) {
    try {
      everyMs = Math.max(SHORTEST_WAIT_MS, (await chain.params(netuid)).blockTimeMs);
      const metagraph = await chain.metagraph(netuid);
      if (metagraph.hash !== last?.hash) {
        yield { metagraph, changes: last === undefined ? [] : metagraphChanges(last, metagraph) };
        last = metagraph;
      }
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (!failure.retryable) throw failure;
      away?.(failure);
    }
    await clock.sleep(everyMs, signal).catch(() => {});
  }
}

const SHORTEST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 12_000;
