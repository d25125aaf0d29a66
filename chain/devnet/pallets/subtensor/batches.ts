/** Batches of weights or commits: one that fails does not undo the others. */
import { type AccountId, type BlockContext, DispatchFailure, event } from "../../declare/index.ts";
import { events } from "./events.ts";

export interface Item {
  netuid: number;
  failure: DispatchFailure | undefined;
}

/** Runs one of them, and gives the failure with which the chain refused it. */
export function attempt(context: BlockContext, work: () => void): DispatchFailure | undefined {
  try {
    context.state.layer(work);
    return undefined;
  } catch (error) {
    if (error instanceof DispatchFailure) return error;
    throw error;
  }
}

/** Tells how each went, as the chain does. */
export function reportBatch(context: BlockContext, hotkey: AccountId, items: readonly Item[]): void {
  let told = false;
  for (const { netuid, failure } of items) {
    if (failure === undefined) continue;
    if (!told) context.emit(event(events, "BatchCompletedWithErrors", undefined));
    told = true;
    context.emit(event(events, "BatchWeightItemFailed", [netuid, failure.error]));
  }
  context.emit(event(events, "BatchWeightsCompleted", [items.map(({ netuid }) => netuid), hotkey]));
}
