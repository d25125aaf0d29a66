/**
 * The weight-setter role: a lease-guarded singleton per (netuid, hotkey). It decides once per epoch, records the signed
 * decision together with the effect of submitting it, and brings it to the chain step by step. Every step is on record
 * before it is taken: killed anywhere, it repeats nothing and loses nothing.
 */
import { Failure } from "../../protocol/failure.ts";
import type { Lease } from "../../runtime/lease.ts";
import { acquireLease } from "../../runtime/lease-acquire.ts";
import { patiently } from "../patiently.ts";
import { decideEpoch } from "./decide-epoch.ts";
import type { WeightSetterOptions } from "./options.ts";
import { submitPending } from "./submit-pending.ts";

export async function startWeightSetter(options: WeightSetterOptions): Promise<void> {
  const { node, netuid, signer } = options;
  const { clock, rng, log } = node;
  const { leases } = node.transport;
  const key = `weights/${netuid}/${signer.hotkey}`;
  node.supervise("weight-setter", async (signal) => {
    while (!signal.aborted) {
      const lease = await acquireLease({ leases, key, owner: node.name, clock, rng, log, signal });
      log.info("weight lease acquired", { key, token: lease.token });
      try {
        await setWeights(options, lease, AbortSignal.any([signal, lease.signal]));
      } catch (thrown) {
        if (signal.aborted || !lease.signal.aborted) throw thrown;
        // Not the end of this setter: it stands in line again, behind whoever took over.
        log.warn("weight lease lost", { key, reason: Failure.from(lease.signal.reason).toLine() });
      } finally {
        await lease.release();
      }
    }
  });
}

/**
 * Decides and submits, turn by turn, until the signal aborts; fails then. A chain that is away is waited for with the
 * lease in hand: another setter would find it away as well.
 */
async function setWeights(options: WeightSetterOptions, lease: Lease, signal: AbortSignal): Promise<never> {
  const { clock, log } = options.node;
  const patience = { clock, log, signal, what: "the chain to set weights on" };
  // What a predecessor decided goes first.
  await patiently(patience, () => submitPending(options, lease, signal));
  for (;;) {
    const pauseMs = await patiently(patience, async () => {
      await decideEpoch(options, lease, signal);
      await submitPending(options, lease, signal);
      return await turnMs(options);
    });
    await clock.sleep(pauseMs, signal);
  }
}

/** A chain changes once a block: looking more often would fold the standings again at every event of a busy round. */
async function turnMs({ chain, netuid }: WeightSetterOptions): Promise<number> {
  const { blockTimeMs } = await chain.params(netuid);
  return Math.max(blockTimeMs, 200);
}
