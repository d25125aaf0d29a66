/** Which model actors there are, by what they say of themselves. */
import type { ModelCard, ModelId } from "../../protocol/model.ts";
import { type ModelReport, Models } from "../../protocol/services/model.ts";
import type { Node } from "../../runtime/node.ts";

/** An actor that is silent for this long is not asked any more. */
const SILENCE_MS = 5_000;
/** Actors of one network. */
const MOST = 1_024;

export interface ModelDirectory {
  /** Actors that serve this model, those that failed to load it last. */
  serving(model: ModelId): ModelReport[];
  /** One card for each model that somebody serves, by id. */
  cards(): ModelCard[];
}

export function followModels(node: Node): ModelDirectory {
  const reports = new Map<string, ModelReport & { heardAt: number }>();
  const hearing = node.client(Models).report.subscribe((report) => {
    // A stranger's clock says nothing: what counts is when it was heard.
    if (reports.size >= MOST && !reports.has(report.actor)) forgetSilent();
    if (reports.size < MOST || reports.has(report.actor)) {
      reports.set(report.actor, { ...report, heardAt: node.clock.monotonic() });
    }
  });
  node.onDrain("close", "model directory", async () => hearing.unsubscribe());

  function forgetSilent(): void {
    const oldest = node.clock.monotonic() - SILENCE_MS;
    for (const [actor, { heardAt }] of reports) if (heardAt < oldest) reports.delete(actor);
  }

  return {
    serving(model) {
      forgetSilent();
      const all = [...reports.values()].filter(({ card }) => card.id === model);
      return all.toSorted((a, b) => Number(a.status === "failed") - Number(b.status === "failed"));
    },
    cards() {
      forgetSilent();
      const byId = new Map([...reports.values()].map(({ card }) => [card.id, card]));
      return [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    },
  };
}
