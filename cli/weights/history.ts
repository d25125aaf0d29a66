/** What became of the decisions on record, newest first. */
import { createWeightsHistory } from "../../actors/gateway/weights-history.ts";
import type { WeightsView } from "../../protocol/views.ts";
import { loadSubnet } from "../node/subnets.ts";
import { table } from "../terminal/table.ts";
import { openThere } from "./open-there.ts";
import type { Report, WeightsVerb } from "./verb.ts";

const TYPES = [
  "weights.decided",
  "weights.sent",
  "weights.failed",
  "weights.committed",
  "weights.set",
  "weights.refused",
] as const;
const PAGE = 1_000;

export const history: WeightsVerb = async ({ ledger: path, subnet, limit }): Promise<Report> => {
  const name = (await loadSubnet(subnet)).definition.name;
  const ledger = await openThere(path);
  try {
    const kept = createWeightsHistory(limit);
    for (let after = 0; ; ) {
      const events = await ledger.read({ after, limit: PAGE, subnet: name, types: TYPES });
      for (const event of events) kept.apply(event);
      if (events.length < PAGE) break;
      after = events.at(-1)?.seq ?? after;
    }
    const views = kept.views();
    return { ok: true, text: textOf(views), json: { subnet: name, weights: views } };
  } finally {
    await ledger.close();
  }
};

function textOf(views: readonly WeightsView[]): string {
  if (views.length === 0) return "No weights have been decided yet.";
  const shown = table<WeightsView>(
    [
      { name: "epoch", align: "right", cell: ({ epoch }) => `${epoch}` },
      { name: "round", align: "right", cell: ({ round }) => `${round}` },
      { name: "state", cell: ({ state }) => state },
      { name: "method", cell: ({ method }) => method ?? "" },
      { name: "block", align: "right", cell: ({ block }) => (block === null ? "" : `${block}`) },
      { name: "miners", align: "right", cell: ({ miners }) => `${miners}` },
      { name: "reason", cell: ({ reason }) => (reason ?? "").slice(0, 60) },
    ],
    views,
  );
  const [last] = views;
  const journey = (last?.journey ?? []).map(({ at, what }) => `  ${new Date(at).toISOString()}  ${what}`);
  return [shown, "", `Epoch ${last?.epoch}:`, ...journey].join("\n");
}
