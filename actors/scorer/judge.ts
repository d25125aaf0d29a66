/** Evidence to verdict: pure, so that any validator can recompute it. */

import { cutText } from "../../protocol/cut-text.ts";
import type { AnswerEvidence, Evidence } from "../../protocol/evidence.ts";
import { Failure } from "../../protocol/failure.ts";
import { Challenge } from "../../protocol/inference/challenge.ts";
import type { InferenceEvidence } from "../../protocol/inference/evidence.ts";
import { observedInference } from "../../protocol/inference/judged.ts";
import { OUTCOME_OF_ISOLATE } from "../../protocol/isolate.ts";
import { isJudged, type Outcome } from "../../protocol/outcome.ts";
import type { Receipt } from "../../protocol/receipt.ts";
import { Verdict } from "../../protocol/score.ts";
import type { DrawnTask, InferenceKind, Subnet } from "../../protocol/subnet.ts";
import type { JudgedTask } from "../../protocol/task.ts";

/** A verdict, or why there is none and nobody is charged. */
export type Judgement = { verdict: Verdict } | { verdict: null; outcome: Outcome; detail: string };

const none = (outcome: Outcome, detail: string): Judgement => ({
  verdict: null,
  outcome,
  detail: cutText(detail, 1_000),
});

/** Of a miner that was asked and gave no whole answer. */
function missed({ outcome, detail }: AnswerEvidence | InferenceEvidence): Judgement | undefined {
  if (outcome === "ok") return undefined;
  if (!isJudged(outcome)) return none(outcome, detail ?? "no answer was obtained");
  return { verdict: { outcome, accuracy: 0, reward: 0, ...(detail ? { detail: { reason: detail } } : {}) } };
}

const challenged = (kind: InferenceKind, task: DrawnTask, evidence: InferenceEvidence) => ({
  task,
  inference: observedInference(evidence, Challenge.parse(kind.challenge(task))),
});

/** `receipts` are those of the tools the program called. Never throws: a mechanism that does is the validator's own defect and costs the miner nothing. */
export function judge(
  subnet: Subnet,
  task: JudgedTask,
  evidence: Evidence,
  receipts: readonly Receipt[] = [],
): Judgement {
  const kind = subnet.kinds[task.kind];
  if (kind === undefined) return none("validator", `subnet ${subnet.name} has no kind ${task.kind}`);
  const observed = evidence.observed;
  try {
    const drawn = {
      id: task.id,
      kind: task.kind,
      public: kind.public.parse(task.public),
      sealed: kind.sealed.parse(task.sealed),
    };
    if (observed.type === "program") {
      if (kind.by !== "program") return none("validator", `${task.kind} is not judged by a program`);
      const failed = observed.run.cases.find(({ outcome }) => !isJudged(OUTCOME_OF_ISOLATE[outcome]));
      if (failed !== undefined) return none("infra", failed.detail ?? "the isolate failed");
      const { run, tools } = observed;
      const used = tools === undefined ? {} : { tools: { evidence: tools, receipts } };
      return { verdict: Verdict.parse(kind.score({ task: drawn, cases: run.cases, ...used })) };
    }
    if (observed.type === "inference") {
      if (kind.by !== "inference") return none("validator", `${task.kind} is not judged by a challenge`);
      return missed(observed) ?? { verdict: Verdict.parse(kind.score(challenged(kind, drawn, observed))) };
    }
    if (kind.by !== "answer") return none("validator", `${task.kind} is not judged by an answer`);
    const text = observed.content.map((part) => (part.type === "text" ? part.text : "")).join("");
    return (
      missed(observed) ?? {
        verdict: Verdict.parse(kind.score({ task: drawn, answer: { text, usage: observed.usage } })),
      }
    );
  } catch (thrown) {
    return none("validator", `${subnet.name}.${task.kind} could not judge: ${Failure.from(thrown).message}`);
  }
}
