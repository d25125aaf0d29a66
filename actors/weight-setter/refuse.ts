/** The end of a decision that never reaches the chain. */
import type { Effect } from "../../ledger/ledger.ts";
import { cutText } from "../../protocol/cut-text.ts";
import type { WeightEvidence } from "../../protocol/weights.ts";
import { appendRecord } from "../records.ts";
import type { SubmitOptions } from "./options.ts";

/** Records that an epoch is left without these weights, and why; raises the alarm unless it is nothing to act on. */
export async function refuse(
  { subnet, ledger, node, netuid }: SubmitOptions,
  effect: Effect,
  { epoch, round }: Pick<WeightEvidence, "epoch" | "round">,
  reason: string,
  alarm = true,
): Promise<void> {
  const body = { epoch, round, reason: cutText(reason, 1_000) };
  await appendRecord(ledger, subnet.definition.name, "weights.refused", body);
  if (alarm) {
    node.log.error("an epoch is left without weights", { epoch, reason });
    node.metrics.gauge("orrery_weights_alarm", 1, { netuid: `${netuid}` });
  }
  await ledger.effectDone(effect.id);
}
