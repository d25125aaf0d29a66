/** Shows what came of a program: for people, or as one JSON object. What strangers wrote steers no terminal. */
import type { CaseResult, IsolateEvidence } from "../protocol/isolate.ts";
import { plainJson, print } from "./terminal/print.ts";
import { type ToolsUsed, toolsLine } from "./tools/by-hand.ts";

export function showEvidence(
  { cases, isolate }: IsolateEvidence,
  used: ToolsUsed | undefined,
  json: boolean,
): void {
  if (json) {
    print(plainJson({ backend: isolate.backend, cases, isolate, ...(used && { tools: used }) }));
    return;
  }
  const lines = cases.flatMap((result, index) => linesOf(result, index + 1));
  print([...lines, ...(used === undefined ? [] : [toolsLine(used)])].join("\n"));
}

function linesOf({ outcome, output, usage, detail, stdout, stderr }: CaseResult, number: number): string[] {
  const used = [`${usage.wallMs.toFixed(0)} ms`, usage.fuel === null ? "" : `${usage.fuel} fuel`];
  const answer = output === undefined ? "" : ` ${plainJson(output)}`;
  return [
    `case ${number}: ${outcome}${answer}  (${used.filter(Boolean).join(", ")})`,
    // One line, or it could go on with the verdict of a case that there never was.
    ...(detail === undefined ? [] : [`  ${detail.replaceAll("\n", " ")}`]),
    ...indented("stdout", stdout),
    ...indented("stderr", stderr),
  ];
}

const indented = (name: string, text: string): string[] =>
  text === ""
    ? []
    : text
        .trimEnd()
        .split("\n")
        .map((line) => `  ${name}| ${line}`);
