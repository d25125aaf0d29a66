/** Whether what came of an attack is what had to come of it. */
import { isDeepStrictEqual } from "node:util";
import type { IsolateEvidence } from "../../protocol/isolate.ts";
import { type Attack, type BackendUnderAttack, expectedOf } from "./corpus.ts";

/** Each difference in a line; none means that the attack failed. */
export function mismatches(
  attack: Attack,
  backend: BackendUnderAttack,
  { cases }: IsolateEvidence,
): string[] {
  const expected = expectedOf(attack, backend);
  const wrong: string[] = [];
  const count = attack.cases?.length ?? 1;
  if (cases.length !== count) wrong.push(`${cases.length} cases instead of ${count}`);
  for (const [index, { outcome, detail, output, stdout }] of cases.entries()) {
    const input = attack.cases?.[index];
    const where = `case ${index + 1}`;
    if (outcome !== expected.outcome) {
      wrong.push(`${where}: ${outcome} instead of ${expected.outcome}: ${detail ?? ""}`);
    }
    const wanted = attack.each === undefined ? expected.output : [input, ...attack.each];
    if (wanted !== undefined && !isDeepStrictEqual(output, wanted)) {
      wrong.push(`${where}: ${JSON.stringify(output)} instead of ${JSON.stringify(wanted)}`);
    }
    if (expected.stdout !== undefined && stdout.trimEnd() !== expected.stdout) {
      wrong.push(`${where}: printed ${JSON.stringify(stdout)} instead of ${JSON.stringify(expected.stdout)}`);
    }
    if (expected.detail !== undefined && detail !== expected.detail) {
      wrong.push(`${where}: ${JSON.stringify(detail)} instead of ${JSON.stringify(expected.detail)}`);
    }
  }
  return wrong;
}
