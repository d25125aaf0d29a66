import { expect, test } from "bun:test";
import { NO_USAGE } from "../../models/answer/numbered.ts";
import { scriptedCard } from "../../models/scripted/card.ts";
import type { ModelReport } from "../../protocol/services/model.ts";
import { ModelView } from "../../protocol/views.ts";
import { createModelsHeard } from "./models-heard.ts";

const card = scriptedCard({ id: "scripted", seed: 0, contextLength: 1_000 });
const report = (
  actor: string,
  completionTokens: number,
  changes: Partial<ModelReport> = {},
): ModelReport => ({
  ...{ actor, node: "model-1", at: 0, card, status: "ready", slots: 4, running: 1, waiting: 0 },
  ...{ memoryUsage: 0, labels: {} },
  work: { answers: 1, failed: 0, promptTokens: NO_USAGE.promptTokens, completionTokens, firstTokenMs: null },
  ...changes,
});
const heard = (limit?: number) => {
  const clock = { at: 1_000_000, now: () => clock.at };
  const models = createModelsHeard(clock, limit);
  return { clock, models, recent: (actor: string) => of(actor).recent, of };
  function of(actor: string): ModelView {
    return ModelView.parse(models.views().find((view) => view.actor === actor));
  }
};

test("tells tokens a second in steps, the newest last, and nothing of the step that is not over", () => {
  const { clock, models, recent } = heard();
  models.hear(report("a", 1_000));
  expect(recent("a").every((rate) => rate === 0)).toBe(true);
  clock.at += 1_000;
  models.hear(report("a", 1_030));
  clock.at += 1_000;
  models.hear(report("a", 1_070));
  expect(recent("a").slice(-2)).toEqual([0, 15]);
  clock.at += 2_000;
  expect(recent("a").slice(-2)).toEqual([15, 20]);
  clock.at += 116_000;
  expect(recent("a").slice(0, 2)).toEqual([20, 0]);
  expect(recent("a")).toHaveLength(59);
});

test("counts anew for one that was started again, and nothing for one that does not tell", () => {
  const { clock, models, recent, of } = heard();
  models.hear(report("a", 500));
  models.hear(report("a", 12));
  const { work: _, ...silent } = report("b", 0);
  models.hear(silent);
  models.hear(silent);
  clock.at += 2_000;
  expect(recent("a").at(-1)).toBe(6);
  expect([of("b").work, recent("b").at(-1)]).toEqual([null, 0]);
});

test("keeps one that fell silent for a while, and forgets the longest silent first when there are too many", () => {
  const { clock, models } = heard(2);
  const shown = () => models.views().map(({ actor }) => actor);
  for (const actor of ["c", "a", "b"]) models.hear(report(actor, 0));
  expect(shown()).toEqual(["a", "b"]);
  clock.at += 200_000;
  models.hear(report("b", 0));
  expect(shown()).toEqual(["a", "b"]);
  clock.at += 200_000;
  expect(shown()).toEqual(["b"]);
});
