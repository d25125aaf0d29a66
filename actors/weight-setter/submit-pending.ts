/** Decisions that are on record and not yet on chain, one turn of them. */
import { Failure } from "../../protocol/failure.ts";
import { WeightEvidence } from "../../protocol/weights.ts";
import { effectKind, type Fence, type SubmitOptions } from "./options.ts";
import { refuse } from "./refuse.ts";
import { type Step, submitDecision } from "./submit.ts";

/** Decisions under way at once, looked at per turn; more can only come from another release's effects. */
const MAX_PENDING = 256;

/** Takes every decision that is under way one step further. Only the latest may still be sent: the chain keeps one row. */
export async function submitPending(
  options: SubmitOptions,
  lease: Fence,
  signal: AbortSignal,
): Promise<void> {
  const { node, ledger, netuid, signer } = options;
  const pending = (await ledger.effects({ kind: effectKind(netuid, signer.hotkey), limit: MAX_PENDING })).map(
    (effect) => ({ effect, decision: WeightEvidence.safeParse(effect.body) }),
  );
  const latest = pending.findLast(({ decision }) => decision.success);
  let inFlight = false;
  for (const { effect, decision } of pending) {
    if (signal.aborted) return;
    if (!decision.success) {
      node.log.error("an effect is no weight decision, and is dropped", { effect: effect.id });
      await ledger.effectDone(effect.id);
      continue;
    }
    const isLatest = effect === latest?.effect;
    try {
      const step: Step = { effect, decision: decision.data, isLatest, inFlight, lease, signal };
      if (await submitDecision(options, step)) inFlight = true;
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (signal.aborted || failure.code === "fenced") throw failure;
      node.metrics.count("orrery_weights_failed_total", 1, { code: failure.code });
      inFlight ||= failure.retryable;
      if (failure.retryable) {
        // The chain is away or the state of things will change: the next turn looks again.
        node.log.warn("weights not set yet", { epoch: decision.data.epoch, reason: failure.toLine() });
        await ledger.effectFailed(effect.id, failure.toLine());
      } else await refuse(options, effect, decision.data, failure.toLine());
    }
  }
}
