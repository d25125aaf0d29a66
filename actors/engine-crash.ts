/**
 * Programs that break isolates down. Once may be anybody's fault. When it happens again and again, in fresh isolates,
 * while a program known to be good runs well in the same place right after each, it is the program's.
 */
import type { Evidence } from "../protocol/evidence.ts";
import type { Verdict } from "../protocol/score.ts";

/** So many break-downs, each followed by a control that ran well, are charged to the miner. */
export const CHARGED_CRASHES = 3;

/** Whether an isolate broke down under the program while nothing was wrong with the place it ran in. */
export const isEngineCrash = ({ observed }: Evidence): boolean =>
  observed.type === "program" &&
  observed.controls?.every(({ outcome }) => outcome === "ok") === true &&
  observed.run.cases.some(({ outcome }) => outcome === "infra");

/**
 * What follows from an engine crash, given the evidence of the attempts before it: the verdict, once there are enough of
 * them, or why nobody is charged yet. Pure. Evidence of another program, task or round counts for nothing.
 */
export function judgeEngineCrash(
  evidence: Evidence,
  earlier: readonly Evidence[],
): { verdict: Verdict } | { verdict: null; outcome: "infra"; detail: string } {
  const crashes = [
    ...earlier.filter((other) => isEarlier(other, evidence) && isEngineCrash(other)),
    evidence,
  ];
  const nodes = [...new Set(crashes.map(({ node }) => node))];
  const detail = [
    `the isolate broke down under the program, a known-good program ran well right after: ${crashes.length} of`,
    `${CHARGED_CRASHES} times before it is charged, on ${nodes.join(", ")} (${howItBroke(evidence)})`,
  ].join(" ");
  if (crashes.length < CHARGED_CRASHES)
    return { verdict: null, outcome: "infra", detail: detail.slice(0, 1_000) };
  return { verdict: { outcome: "policy", accuracy: 0, reward: 0, detail: { reason: detail, nodes } } };
}

const isEarlier = ({ key, uid }: Evidence, { key: { attempt, ...place }, uid: owner }: Evidence): boolean =>
  uid === owner &&
  key.attempt < attempt &&
  key.subnet === place.subnet &&
  key.round === place.round &&
  key.task === place.task &&
  key.submission === place.submission;

function howItBroke({ observed }: Evidence): string {
  const cases = observed.type === "program" ? observed.run.cases : [];
  return (cases.find(({ outcome }) => outcome === "infra")?.detail ?? "no more is known").slice(0, 500);
}
