/** LongBench's metrics over closed answers: classes, paragraph numbers, counts. */
import { Failure } from "../../../protocol/failure.ts";
import { numbers } from "../python.ts";

/**
 * 1 / (classes named) when the right one is among them, else 0.
 * The reference removes from a list while iterating over it and so skips the class after each removal; kept, as scores depend on it.
 */
export function classification(prediction: string, reference: string, classes: readonly string[]): number {
  const named = classes.filter((name) => prediction.includes(name));
  for (let at = 0; at < named.length; at++) {
    const name = named[at] as string;
    if (name !== reference && reference.includes(name)) named.splice(named.indexOf(name), 1);
  }
  return named.includes(reference) ? 1 / named.length : 0;
}

/** Share of the numbers in the prediction that equal `wanted` as text; none: 0. */
const shareOf = (prediction: string, wanted: string): number => {
  const found = numbers(prediction);
  return found.length === 0 ? 0 : found.filter((number) => number === wanted).length / found.length;
};

const paragraphOf = (reference: string, pattern: RegExp): string => {
  const number = pattern.exec(reference)?.[1];
  if (number !== undefined) return number;
  throw new Failure(
    "malformed",
    `the reference names no paragraph: ${JSON.stringify(reference.slice(0, 80))}`,
    {
      hint: 'Write the answer as "Paragraph 7" (English) or "段落7" (Chinese)',
    },
  );
};

export const retrieval = (prediction: string, reference: string): number =>
  shareOf(prediction, paragraphOf(reference, /Paragraph (\p{Nd}+)/u));

export const retrievalChinese = (prediction: string, reference: string): number =>
  shareOf(prediction, paragraphOf(reference, /段落(\p{Nd}+)/u));

export const count = (prediction: string, reference: string): number => shareOf(prediction, reference);
