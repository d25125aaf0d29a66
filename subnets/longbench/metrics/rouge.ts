/** ROUGE-L at summary level, as pip `rouge` 1.0.1 computes it and LongBench uses it. */
import { cut } from "../jieba/cut.ts";
import { words } from "../python.ts";

/**
 * CPython gives up on the reference's recursive back-trace beyond this path length (measured 987 to 989 on
 * 3.8 to 3.13), and LongBench then scores 0.
 */
const RECURSION_LIMIT = 987;

export interface RougeOptions {
  /** `compat` scores 0 where the reference hits Python's recursion limit; `fixed` does not. */
  recursion?: "compat" | "fixed";
}

/** Pieces between full stops, blanks collapsed. A piece of blanks stays, as one empty word. */
const sentences = (text: string): string[][] =>
  text
    .split(".")
    .filter((piece) => piece.length > 0)
    .map((piece) => words(piece).join(" ").split(" "));

/** Words on one longest common subsequence, and the steps its back-trace takes. */
function commonWords(reference: readonly string[], hypothesis: readonly string[]) {
  const width = hypothesis.length + 1;
  const table = new Uint32Array((reference.length + 1) * width);
  const at = (row: number, column: number) => table[row * width + column] as number;
  for (let row = 1; row <= reference.length; row++) {
    for (let column = 1; column < width; column++) {
      table[row * width + column] =
        reference[row - 1] === hypothesis[column - 1]
          ? at(row - 1, column - 1) + 1
          : Math.max(at(row - 1, column), at(row, column - 1));
    }
  }
  const found = new Set<string>();
  let steps = 0;
  // Which of several longest subsequences is taken changes the score: ties go to the left.
  for (let row = reference.length, column = hypothesis.length; row > 0 && column > 0; steps++) {
    if (reference[row - 1] === hypothesis[column - 1]) {
      found.add(reference[row - 1] as string);
      row -= 1;
      column -= 1;
    } else if (at(row - 1, column) > at(row, column - 1)) row -= 1;
    else column -= 1;
  }
  return { found, steps };
}

/** F-measure, 0 to just below 1. Empty text and whatever the reference implementation fails on score 0. */
export function rougeL(prediction: string, reference: string, options: RougeOptions = {}): number {
  const hypothesis = sentences(prediction);
  const references = sentences(reference);
  if (hypothesis.length === 0 || references.length === 0) return 0;
  const distinct = (text: string[][]) => new Set(text.flat()).size;
  const union = new Set<string>();
  for (const sentence of references) {
    for (const candidate of hypothesis) {
      const { found, steps } = commonWords(sentence, candidate);
      if (options.recursion !== "fixed" && steps > RECURSION_LIMIT) return 0;
      for (const word of found) union.add(word);
    }
  }
  const recall = union.size / distinct(references);
  const precision = union.size / distinct(hypothesis);
  return 2 * ((precision * recall) / (precision + recall + 1e-8));
}

export const rougeLChinese = (prediction: string, reference: string, options?: RougeOptions): number =>
  rougeL(cut(prediction).join(" "), cut(reference).join(" "), options);
