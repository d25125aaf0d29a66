/**
 * The weight-setter role: a lease-guarded singleton per (netuid, hotkey). It decides once per epoch, records the signed
 * decision together with the effect of submitting it, and brings it to the chain step by step. Every step is on record
 * before it is taken: killed anywhere, it repeats nothing and loses nothing.
 */
import type { Chain, Signer } from "../../chain/chain.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { sha256 } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import { WeightEvidence } from "../../protocol/weights.ts";
import type { Lease } from "../../runtime/lease.ts";
import { acquireLease } from "../../runtime/lease-acquire.ts";
import type { Node } from "../../runtime/node.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { decideEpoch } from "./decide-epoch.ts";
import { refuse } from "./refuse.ts";
import { submitDecision } from "./submit.ts";

export interface WeightSetterOptions {
  node: Node;
  subnet: LoadedSubnet;
  ledger: Ledger;
  chain: Chain;
  netuid: number;
  signer: Signer;
  /** Told to the chain with the weights. Default: the mechanism's version, which owners require through it. */
  versionKey?: number;
}

/** Effects of one hotkey are a kind of their own: a shared ledger may hold those of others. */
export const effectKind = (netuid: number, hotkey: string): string =>
  `set-weights.${netuid}.${sha256(hotkey).slice(0, 16)}`;
/** Decisions under way at once, looked at per turn; more can only come from another release's effects. */
const MAX_PENDING = 256;

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

/** Decides and submits, turn by turn, until the signal aborts; fails then. */
async function setWeights(options: WeightSetterOptions, lease: Lease, signal: AbortSignal): Promise<never> {
  // What a predecessor decided goes first.
  await submitPending(options, lease, signal);
  for (;;) {
    await decideEpoch(options, lease, signal);
    await submitPending(options, lease, signal);
    await options.node.clock.sleep(await turnMs(options), signal);
  }
}

/** Takes every decision that is under way one step further. Only the latest may still be sent: the chain keeps one row. */
async function submitPending(options: WeightSetterOptions, lease: Lease, signal: AbortSignal): Promise<void> {
  const { node, ledger, netuid, signer } = options;
  const pending = (await ledger.effects({ kind: effectKind(netuid, signer.hotkey), limit: MAX_PENDING })).map(
    (effect) => ({ effect, decision: WeightEvidence.safeParse(effect.body) }),
  );
  const latest = pending.findLast(({ decision }) => decision.success);
  for (const { effect, decision } of pending) {
    if (signal.aborted) return;
    if (!decision.success) {
      node.log.error("an effect is no weight decision, and is dropped", { effect: effect.id });
      await ledger.effectDone(effect.id);
      continue;
    }
    const isLatest = effect === latest?.effect;
    try {
      await submitDecision(options, { effect, decision: decision.data, isLatest, lease, signal });
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (signal.aborted || failure.code === "fenced") throw failure;
      node.metrics.count("orrery_weights_failed_total", 1, { code: failure.code });
      if (failure.retryable) {
        // The chain is away or the state of things will change: the next turn looks again.
        node.log.warn("weights not set yet", { epoch: decision.data.epoch, reason: failure.toLine() });
        await ledger.effectFailed(effect.id, failure.toLine());
      } else await refuse(options, effect, decision.data, failure.toLine());
    }
  }
}

/** A chain changes once a block: looking more often would fold the standings again at every event of a busy round. */
async function turnMs({ chain, netuid }: WeightSetterOptions): Promise<number> {
  const { blockTimeMs } = await chain.params(netuid);
  return Math.max(blockTimeMs, 200);
}
