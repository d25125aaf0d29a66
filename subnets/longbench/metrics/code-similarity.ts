/** Similarity of the next line of code, as LongBench's `code_sim_score` with fuzzywuzzy 0.18 over difflib. */
import { roundHalfEven, withoutLeadingNewlines } from "../python.ts";
import { matchingRatio } from "./difflib.ts";

/** The first line that is no comment and no fence; `#`, `//` or a backtick anywhere rules a line out. */
const firstCodeLine = (prediction: string): string =>
  withoutLeadingNewlines(prediction)
    .split("\n")
    .find((line) => !line.includes("`") && !line.includes("#") && !line.includes("//")) ?? "";

/** 0 to 1 in steps of 0.01. */
export function codeSimilarity(prediction: string, reference: string): number {
  const line = firstCodeLine(prediction);
  if (line === reference) return 1;
  if (line === "" || reference === "") return 0;
  return roundHalfEven(100 * matchingRatio([...line], [...reference])) / 100;
}
